// Mail by SES, or by a topic whose subscriptions are filtered: whichever the deployment has.
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SNSClient } from '@aws-sdk/client-sns';
import type { Mail } from './mail.ts';
import { SesMail } from './ses-mail.ts';
import { TopicMail } from './topic-mail.ts';

/** @param from an address that SES knows, or the ARN of a topic */
export function openMail(from: string): Mail {
  return from.startsWith('arn:') ? new TopicMail(new SNSClient(), from) : new SesMail(new SESv2Client(), from);
}
