// The application that `cdk` synthesizes: two stacks from one catalog.
import { App, Validations } from 'aws-cdk-lib';
import { Checks } from '../checks.ts';
import { deployLethe } from '../deploy.ts';

const app = new App();
Validations.of(app).addPlugins(new Checks(app));
deployLethe(app);
