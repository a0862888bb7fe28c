// Fetches the evidence of a run into a folder.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { evidenceKey } from '../../contracts/files.ts';
import { EVIDENCE_FILES, type Report, report as reportSchema } from '../../contracts/report.ts';

/** @returns the report */
export async function fetchEvidence(s3: S3Client, bucket: string, runId: string, folder: string): Promise<Report> {
  await mkdir(folder, { recursive: true });
  const texts = new Map<string, string>();
  for (const file of EVIDENCE_FILES) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: evidenceKey(runId, file) }));
    const text = (await Body?.transformToString('utf8')) ?? '';
    texts.set(file, text);
    await writeFile(join(folder, file), text);
  }
  return reportSchema.parse(JSON.parse(texts.get('report.json') ?? 'null'));
}
