// Fetches the evidence of a run into a folder.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { evidenceKey } from '../../contracts/files.ts';
import { EVIDENCE_FILES, type Report, report as reportSchema, SIGNATURE_FILES } from '../../contracts/report.ts';

/** @returns the report */
export async function fetchEvidence(s3: S3Client, bucket: string, runId: string, folder: string): Promise<Report> {
  await mkdir(folder, { recursive: true });
  let report = new Uint8Array();
  for (const file of [...EVIDENCE_FILES, ...SIGNATURE_FILES]) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: evidenceKey(runId, file) }));
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
    if (file === 'report.json') report = new Uint8Array(bytes);
    await writeFile(join(folder, file), bytes);
  }
  return reportSchema.parse(JSON.parse(new TextDecoder().decode(report)));
}
