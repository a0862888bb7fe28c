import { describe, expect, it } from 'vitest';
import { inProcess, lethe } from './command.ts';

const ALL =
  'lethe catalog check, lethe start, lethe status, lethe abort, lethe approval links, lethe approval revoke, lethe approval replace, lethe report, lethe evidence verify';

describe('a command line that cannot be meant', () => {
  const wrong: readonly [args: string, what: string, allowed: string][] = [
    ['', 'No command is given.', ALL],
    ['erase', "Unknown command 'erase'.", ALL],
    ['abort run-1 --reason no', '--by is missing.', '1 to 320 characters'],
    ['abort run-1 --by me', '--reason is missing.', '1 to 500 characters'],
    ['abort run-1 --by me --reason a\u0007b', '--reason is no line of text.', '1 to 500 characters'],
    ['abort --by me --reason no', "Missing required argument 'run'.", 'lethe abort [options] <run>'],
    ['catalog', 'No command is given.', 'lethe catalog check'],
    ['catalog lint x', "Unknown command 'lint'.", 'lethe catalog check'],
    ['evidence', 'No command is given.', 'lethe evidence verify'],
    ['catalog check', "Missing required argument 'file'.", 'lethe catalog check [options] <file>'],
    ['status', "Missing required argument 'run'.", 'lethe status [options] <run>'],
    ['status a b', 'Too many arguments', 'lethe status [options] <run>'],
    ['status a --jsn', "Unknown option '--jsn'.", '--json, --region <region>, --endpoint-url <url>, --stack <name>'],
    ['--verbose status a', "Unknown option '--verbose'.", '--json, --region <region>'],
    ['start', 'No request is given.', '--request with a file in JSON, or - for stdin'],
    ['start --requst r.json', "Unknown option '--requst'.", '--request <file>, --name <id>, --wait, --json'],
    ['start --request', "Option '--request <file>' argument missing.", '--request <file>, --name <id>, --wait'],
    ['start r.json', 'Too many arguments', 'lethe start [options]'],
    ['report run-1 --output d', "Unknown option '--output'.", '--out <folder>'],
    ['status not/an/id', 'This is no run id.', '1 to 80 of A-Z a-z 0-9 _ -'],
    [`report ${'x'.repeat(81)}`, 'This is no run id.', '1 to 80 of A-Z a-z 0-9 _ -'],
    ['status a --endpoint-url localhost', '--endpoint-url is no URL.', 'http://127.0.0.1:4566'],
    ['status a --endpoint-url ftp://x', '--endpoint-url is no URL.', 'http://127.0.0.1:4566'],
  ];

  it.each(wrong)('lethe %s: exit 2 with what is wrong and what is allowed', async (line, what, allowed) => {
    const args = line === '' ? [] : line.split(' ');
    const ran = await inProcess(args);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(what);
    expect(ran.stderr).toMatch(/Allowed/);
    expect(ran.stderr).toContain(allowed);
  });

  it('is one JSON object on stdout with --json, wherever the flag stands', async () => {
    for (const args of [
      ['--json', 'erase'],
      ['erase', '--json'],
      ['status', 'a', '--bogus', '--json'],
    ]) {
      const { code, stdout } = await inProcess(args);
      expect(code).toBe(2);
      expect(JSON.parse(stdout)).toMatchObject({ ok: false, outcome: null, error: { name: 'Lethe.Usage' } });
    }
  });
});

describe('help', () => {
  it('is a result, with examples and every exit code', async () => {
    const { code, stdout, stderr } = await lethe(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const text of ['Examples:', 'start --request', '0  it held', '4  expired', '5  aborted', '130  interrupted']) {
      expect(stdout).toContain(text);
    }
  });

  it.each([
    ['catalog check --help', '<file>'],
    ['start --help', '--wait'],
    ['help report', '--out <folder>'],
    ['evidence verify --help', '<folder>'],
  ])('of %s names what it takes, and the flags of all commands', async (line, own) => {
    const { code, stdout } = await inProcess(line.split(' '));
    expect(code).toBe(0);
    for (const text of [own, '--json', '--region', '--endpoint-url', '--stack']) expect(stdout).toContain(text);
  });
});
