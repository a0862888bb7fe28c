// Loads a function's module in its thread and finds the handler, with the errors of Lambda's Node.js runtime.
import { existsSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runtimeError } from './function-error.ts';

export type Handler = (event: unknown, context: object) => unknown;

export async function loadHandler(modulePath: string): Promise<Handler> {
  const { handler } = await importModule(modulePath);
  const name = `${basename(modulePath, extname(modulePath))}.handler`;
  if (handler === undefined) throw runtimeError('HandlerNotFound', `${name} is undefined or not exported`);
  if (typeof handler !== 'function') throw runtimeError('HandlerNotFound', `${name} is not a function`);
  // The runtime of Node.js 24 no longer takes them; here such a handler would answer null before it is done.
  if (handler.length >= 3)
    throw runtimeError(
      'CallbackHandlerDeprecated',
      'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.',
    );
  return handler as Handler;
}

async function importModule(modulePath: string): Promise<{ readonly handler?: unknown }> {
  if (!existsSync(modulePath)) throw runtimeError('ImportModuleError', `Error: Cannot find module '${modulePath}'`);
  try {
    return await import(pathToFileURL(modulePath).href);
  } catch (error) {
    if (error instanceof SyntaxError) throw runtimeError('UserCodeSyntaxError', String(error), error.stack);
    throw error;
  }
}
