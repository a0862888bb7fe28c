// `lethe report RUN`: the report of a run, and with --out all its evidence, verified.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Objects } from '../../adapters/objects.ts';
import { evidenceKey } from '../../contracts/files.ts';
import { EVIDENCE_FILES, type EvidenceFile, SIGNATURE_FILES, type SignatureFile } from '../../contracts/report.ts';
import { type Verified, verifyEvidence } from '../../core/evidence/verify-evidence.ts';
import { showCounted } from '../../core/text.ts';
import { type Connection, connect } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { commandLine, type Flags } from '../flags.ts';
import { type Io, note, say, sayJson } from '../io.ts';
import { reportLines } from '../show/report.ts';
import { headline } from '../show/status.ts';
import { facts } from '../show/table.ts';
import { UsageError } from '../usage-error.ts';
import { findingLines, verifyFolder } from './evidence-verify.ts';
import { checkRunId, requireRun } from './status.ts';

export interface ReportFlags extends Flags {
  readonly out?: string;
}

type File = EvidenceFile | SignatureFile;
type Evidence = ReadonlyMap<File, Uint8Array>;

/** @throws UsageError, NoDeployment */
export async function report(runId: string, flags: ReportFlags, io: Io): Promise<number> {
  checkRunId(runId);
  const connection = await connect(flags, io);
  try {
    // Written last: before it stands, the others are not all there.
    const sums = await connection.evidence.readBytes(evidenceKey(runId, 'SHA256SUMS'));
    if (!sums) return await withoutEvidence(runId, connection, flags, io);
    const files = await fetchEvidence(runId, connection.evidence);
    const { report: found, findings } =
      flags.out === undefined ? verifyEvidence(files) : await keep(files, flags.out, io);
    if (findings.length > 0) note(io, findingLines(findings));
    if (flags.json) sayJson(io, found ?? { ok: false, runId, findings });
    else if (found) say(io, reportLines(found));
    return findings.length === 0 ? EXIT.held : EXIT.failed;
  } finally {
    connection.close();
  }
}

async function withoutEvidence(runId: string, connection: Connection, flags: Flags, io: Io): Promise<number> {
  const found = await requireRun(runId, connection, io.clock.nowMs());
  const isEnded = found.phase === 'Ended';
  note(io, [
    `Run ${runId} has no evidence${isEnded ? ', although it has ended' : ' yet'}.`,
    ...facts([
      ['Phase', headline(found)],
      ['Next', isEnded ? 'see the execution in the Step Functions console' : commandLine(`status ${runId}`, flags)],
    ]),
  ]);
  if (flags.json) sayJson(io, { ok: false, runId, phase: found.phase, outcome: found.outcome, report: null });
  return EXIT.failed;
}

async function fetchEvidence(runId: string, evidence: Objects): Promise<Evidence> {
  const files = new Map<File, Uint8Array>();
  for (const file of [...EVIDENCE_FILES, ...SIGNATURE_FILES]) {
    const bytes = await evidence.readBytes(evidenceKey(runId, file));
    if (bytes) files.set(file, bytes);
  }
  return files;
}

/** @throws UsageError before anything is written, where a file would be overwritten with another */
async function keep(files: Evidence, folder: string, io: Io): Promise<Verified> {
  await write(files, folder).catch((error: NodeJS.ErrnoException) => {
    throw error.code === undefined ? error : unusable(folder, error);
  });
  const verified = await verifyFolder(folder);
  const held = verified.findings.length === 0 ? '; the evidence holds' : '';
  note(io, [`${showCounted(files.size, 'file')} of evidence in ${folder}${held}.`]);
  return verified;
}

async function write(files: Evidence, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const absent: [File, Uint8Array][] = [];
  for (const [file, bytes] of files) {
    const standing = await readIfThere(join(folder, file));
    if (standing === undefined) absent.push([file, bytes]);
    else if (!standing.equals(bytes)) throw wouldOverwrite(folder, file);
  }
  for (const [file, bytes] of absent) await writeFile(join(folder, file), bytes, { flag: 'wx' });
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function wouldOverwrite(folder: string, file: File): UsageError {
  return new UsageError({
    what: `${file} stands in the folder with other bytes; evidence is never overwritten.`,
    received: folder,
    allowed: 'a new folder, or one with the same evidence',
    next: 'Choose another folder with --out.',
  });
}

function unusable(folder: string, cause: Error): UsageError {
  const details = {
    what: `The evidence cannot be written: ${cause.message}.`,
    received: folder,
    allowed: 'a folder that may be written to',
    next: 'Choose another folder with --out.',
  };
  return new UsageError(details, { cause });
}
