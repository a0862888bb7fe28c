// Whether SES would take an e-mail address, to the depth that catches a wrong one.
import { AwsError } from '../kernel/aws-error.ts';

const MAX_ADDRESS_CHARACTERS = 320;
const LABEL = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** Takes `local@domain` and `Display name <local@domain>`; throws BadRequestException for others. */
export function checkAddress(written: unknown): void {
  if (typeof written !== 'string') throw refuse(`Illegal address: ${JSON.stringify(written)}`);
  if (written.length > MAX_ADDRESS_CHARACTERS) throw refuse('Address is too long');
  // A line break in an address would start a header of the sender's choosing.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  if (/[\x00-\x1f\x7f]/.test(written)) throw refuse('Local address contains control or whitespace');
  const address = /<([^<>]*)>$/.exec(written)?.[1] ?? written;
  const at = address.lastIndexOf('@');
  if (at < 0 || at === address.length - 1) throw refuse("Missing final '@domain'");
  const local = address.slice(0, at);
  if (local === '') throw refuse('Missing local name');
  if (/[\s<>,;:@]/.test(local)) throw refuse('Local address contains control or whitespace');
  if (local.length > 64) throw refuse('Local address is longer than 64 characters');
  if (
    !address
      .slice(at + 1)
      .split('.')
      .every((label) => LABEL.test(label))
  )
    throw refuse('Domain contains illegal character');
}

function refuse(message: string): AwsError {
  return new AwsError('BadRequestException', message);
}
