// Whether two mail addresses are the same person, as far as an address can tell.

/** Case and plus-addressing make no second person: `Lead+x@Example.com` is `lead@example.com`. */
export function samePerson(a: string, b: string): boolean {
  return identity(a) === identity(b);
}

function identity(address: string): string {
  const folded = address.normalize('NFKC').trim().toLowerCase();
  const at = folded.lastIndexOf('@');
  if (at < 0) return folded;
  const [mailbox = ''] = folded.slice(0, at).split('+');
  return `${mailbox}${folded.slice(at)}`;
}
