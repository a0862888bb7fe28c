// Writes to both streams in whole and broken lines.
export async function handler() {
  console.log('first line');
  console.error('an error line');
  process.stdout.write('in two ');
  process.stdout.write(Buffer.from('pieces\nand two\nlines\n'));
  console.log({ an: 'object' });
  process.emitWarning('mind the gap');
}
