// The flags that every command takes.

export interface Flags {
  readonly json?: boolean;
  readonly region?: string;
  readonly endpointUrl?: string;
  readonly stack: string;
}

/** The command that goes on from here, with the flags that lead to the same deployment. */
export function commandLine(command: string, { region, endpointUrl, stack }: Flags): string {
  const flags = [
    ...(region === undefined ? [] : ['--region', region]),
    ...(endpointUrl === undefined ? [] : ['--endpoint-url', endpointUrl]),
    ...(stack === DEFAULT_STACK ? [] : ['--stack', stack]),
  ];
  return ['lethe', command, ...flags].join(' ');
}

export const DEFAULT_STACK = 'Lethe';
