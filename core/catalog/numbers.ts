// Numbers as DynamoDB compares them: 7, 7.0 and 007 are one value, and 38 digits are kept of it.

/** Digits DynamoDB keeps of a number (DynamoDB developer guide, naming rules and data types). */
export const MAX_DIGITS = 38;

/** @returns the number without needless zeros, or undefined where the text is no decimal number of at most 38 digits */
export function plainNumber(text: string): string | undefined {
  const [isNumber, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (isNumber === undefined) return undefined;
  const [before, after] = [whole.replace(/^0+(?=\d)/, ''), fraction.replace(/0+$/, '')];
  if (before.length + after.length > MAX_DIGITS) return undefined;
  const plain = after === '' ? before : `${before}.${after}`;
  return plain === '0' ? plain : sign + plain;
}

/** Whether two number texts are one value, however they are written. */
export function isSameNumber(a: string, b: string): boolean {
  return digitsAndExponent(a) === digitsAndExponent(b);
}

/** `-15e-1` for -1.50; the text itself where it is no number. */
function digitsAndExponent(text: string): string {
  const [isNumber, sign, whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  if (isNumber === undefined) return text;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const tens = Number(exponent) - fraction.length + digits.length - significant.length;
  return `${sign === '-' ? '-' : ''}${significant}e${tens}`;
}
