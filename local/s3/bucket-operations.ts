// Buckets as such: listed, created, looked at, deleted.
import { notImplemented } from '../kernel/aws-error.ts';
import { checkBucketName } from './bucket-name.ts';
import { S3Error } from './errors.ts';
import { readCount } from './list-parameters.ts';
import { bucketOf, canonicalId, type Operation, PAYLOAD_HEADERS, type S3Answer, type S3Call } from './operation.ts';
import { readPayload } from './payload.ts';
import { branch, leaf, xmlDocument, xmlInstant } from './xml.ts';
import { readFields, readXml } from './xml-reader.ts';

/** The one Region whose buckets have no location, and where making one's own bucket again is no error. */
const CLASSIC_REGION = 'us-east-1';
const LONGEST_PAGE = 10_000;

export const listBuckets: Operation = {
  name: 'ListBuckets',
  query: ['continuation-token', 'max-buckets', 'prefix'],
  run({ request: { query }, buckets, place }) {
    const prefix = query.get('prefix');
    const after = Buffer.from(query.get('continuation-token') ?? '', 'base64url').toString();
    const limit = Math.min(readCount(query, 'max-buckets', LONGEST_PAGE), LONGEST_PAGE);
    const rest = buckets.all().filter(({ name }) => name.startsWith(prefix ?? '') && name > after);
    const page = rest.slice(0, limit);
    const last = page.at(-1);
    const entries = page.map(({ name, createdMs }) =>
      branch(
        'Bucket',
        leaf('Name', name),
        leaf('CreationDate', xmlInstant(createdMs)),
        leaf('BucketRegion', place.region),
      ),
    );
    const token = last && rest.length > limit ? Buffer.from(last.name).toString('base64url') : undefined;
    const owner = branch('Owner', leaf('ID', canonicalId(place)));
    const more = [leaf('ContinuationToken', token), leaf('Prefix', prefix)];
    const body = xmlDocument('ListAllMyBucketsResult', owner, branch('Buckets', ...entries), ...more);
    return { body, items: page.length };
  },
};

export const createBucket: Operation = {
  name: 'CreateBucket',
  headers: [...PAYLOAD_HEADERS, 'x-amz-bucket-object-lock-enabled', 'x-amz-object-ownership'],
  run(call) {
    const { request, buckets, place, nowMs } = call;
    const ownership = request.headers.get('x-amz-object-ownership') ?? 'BucketOwnerEnforced';
    if (ownership !== 'BucketOwnerEnforced') throw notImplemented(`S3 object ownership ${ownership}`);
    const name = request.bucketName;
    checkBucketName(name);
    checkLocation(call);
    const hasObjectLock = request.headers.get('x-amz-bucket-object-lock-enabled')?.toLowerCase() === 'true';
    const isAgain = place.region === CLASSIC_REGION && buckets.has(name);
    if (!isAgain) buckets.create({ name, createdMs: nowMs, hasObjectLock });
    return { headers: { location: `/${name}` } };
  },
};

/** @throws IllegalLocationConstraintException, InvalidLocationConstraint unless the bucket is to be in this Region */
function checkLocation({ request, place: { region } }: S3Call): void {
  const { bytes } = readPayload(request);
  const fields =
    bytes.length === 0 ? {} : readFields(readXml(bytes, 'CreateBucketConfiguration'), ['LocationConstraint']);
  const wanted = fields.LocationConstraint;
  const isHere = region === CLASSIC_REGION ? wanted === undefined || wanted === '' : wanted === region;
  if (isHere) return;
  if (region === CLASSIC_REGION && wanted === region) {
    const message = 'The specified location-constraint is not valid';
    throw new S3Error('InvalidLocationConstraint', message, 400, { LocationConstraint: wanted });
  }
  const which = wanted ? `The ${wanted}` : 'The unspecified';
  const message = `${which} location constraint is incompatible for the region specific endpoint this request was sent to.`;
  throw new S3Error('IllegalLocationConstraintException', message, 400);
}

export const headBucket: Operation = {
  name: 'HeadBucket',
  run(call) {
    bucketOf(call);
    return { headers: { 'x-amz-bucket-region': call.place.region, 'x-amz-access-point-alias': 'false' } };
  },
};

export const deleteBucket: Operation = {
  name: 'DeleteBucket',
  run({ request, buckets }) {
    buckets.delete(request.bucketName);
    return { status: 204 };
  },
};

export const getBucketLocation: Operation = {
  name: 'GetBucketLocation',
  run(call): S3Answer {
    bucketOf(call);
    const { region } = call.place;
    const body = xmlDocument('LocationConstraint', region === CLASSIC_REGION ? '' : region);
    return { body };
  },
};
