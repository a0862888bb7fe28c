// What a bucket is set to: versioning, lifecycle rules, and the settings that are always the same here.
import { randomBytes } from 'node:crypto';
import type { KeptSetting } from './bucket.ts';
import { malformedXml, S3Error } from './errors.ts';
import { bucketOf, type Operation, PAYLOAD_HEADERS } from './operation.ts';
import { readPayload, readProtectedPayload } from './payload.ts';
import { branch, leaf, xmlDocument } from './xml.ts';
import { readFields, readXml, type XmlElement } from './xml-reader.ts';

export const getBucketVersioning: Operation = {
  name: 'GetBucketVersioning',
  run(call) {
    const { status, mfaDelete } = bucketOf(call).versioning;
    return { body: xmlDocument('VersioningConfiguration', leaf('Status', status), leaf('MfaDelete', mfaDelete)) };
  },
};

export const putBucketVersioning: Operation = {
  name: 'PutBucketVersioning',
  headers: [...PAYLOAD_HEADERS, 'x-amz-mfa'],
  run(call) {
    const bucket = bucketOf(call);
    const root = readXml(readPayload(call.request).bytes, 'VersioningConfiguration');
    const { Status: status, MfaDelete: mfaDelete } = readFields(root, ['Status', 'MfaDelete']);
    if (status === undefined) {
      const message = 'The Versioning element must be specified';
      throw new S3Error('IllegalVersioningConfigurationException', message, 400);
    }
    if (status !== 'Enabled' && status !== 'Suspended') throw malformedXml();
    if (mfaDelete !== undefined && mfaDelete !== 'Enabled' && mfaDelete !== 'Disabled') throw malformedXml();
    if (bucket.hasObjectLock && status === 'Suspended') {
      const message =
        'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.';
      throw new S3Error('InvalidBucketState', message, 409);
    }
    bucket.versioning.set(status, mfaDelete, call.request.headers.get('x-amz-mfa'), call.nowMs);
    return {};
  },
};

export const getObjectLockConfiguration: Operation = {
  name: 'GetObjectLockConfiguration',
  run(call) {
    const { hasObjectLock, name } = bucketOf(call);
    if (!hasObjectLock) {
      const message = 'Object Lock configuration does not exist for this bucket';
      throw new S3Error('ObjectLockConfigurationNotFoundError', message, 404, { BucketName: name });
    }
    return { body: xmlDocument('ObjectLockConfiguration', leaf('ObjectLockEnabled', 'Enabled')) };
  },
};

/** Settings that are kept as they were put and returned; nothing here acts by them. */
function kept(setting: KeptSetting, root: string, ...absent: readonly [string, string] | []) {
  const put: Operation = {
    name: `PutBucket${setting}`,
    headers: PAYLOAD_HEADERS,
    run(call) {
      const bucket = bucketOf(call);
      const document = readXml(readPayload(call.request).bytes, root);
      if (setting === 'Replication' && bucket.versioning.status !== 'Enabled') {
        const message = "Versioning must be 'Enabled' on the bucket to apply a replication configuration";
        throw new S3Error('InvalidRequest', message, 400);
      }
      bucket.settings.set(setting, document);
      return {};
    },
  };
  const get: Operation = {
    name: `GetBucket${setting}`,
    run(call) {
      const { settings, name } = bucketOf(call);
      const document = settings.get(setting);
      const [code, message] = absent;
      if (!document && code !== undefined && message !== undefined)
        throw new S3Error(code, message, 404, { BucketName: name });
      return { body: xmlDocument(root, ...(document?.children ?? []).map(writeElement)) };
    },
  };
  return { put, get };
}

export const replication = kept(
  'Replication',
  'ReplicationConfiguration',
  'ReplicationConfigurationNotFoundError',
  'The replication configuration was not found',
);

export const notification = kept('NotificationConfiguration', 'NotificationConfiguration');

const encryption = kept('Encryption', 'ServerSideEncryptionConfiguration');
export const putBucketEncryption = encryption.put;

/** Every bucket is encrypted with keys of S3 unless it says otherwise, since January 2023. */
export const getBucketEncryption: Operation = {
  name: 'GetBucketEncryption',
  run(call) {
    if (bucketOf(call).settings.has('Encryption')) return encryption.get.run(call);
    const byDefault = branch('ApplyServerSideEncryptionByDefault', leaf('SSEAlgorithm', 'AES256'));
    const rule = branch('Rule', byDefault, leaf('BucketKeyEnabled', false));
    return { body: xmlDocument('ServerSideEncryptionConfiguration', rule) };
  },
};

const MINIMUM_SIZE_HEADER = 'x-amz-transition-default-minimum-object-size';
const MINIMUM_SIZE = 'all_storage_classes_128K';

/** The rules are kept and returned. On AWS they act about once a day; here they never do. */
export const putBucketLifecycle: Operation = {
  name: 'PutBucketLifecycleConfiguration',
  headers: PAYLOAD_HEADERS,
  run(call) {
    const bucket = bucketOf(call);
    const root = readXml(readProtectedPayload(call.request), 'LifecycleConfiguration');
    if (root.children.length === 0 || root.children.length > 1000) throw malformedXml();
    bucket.lifecycle = { ...root, children: root.children.map(namedRule) };
    return { headers: { [MINIMUM_SIZE_HEADER]: MINIMUM_SIZE } };
  },
};

/** S3 names the rules that have no name. */
function namedRule(rule: XmlElement): XmlElement {
  const status = rule.children.find((child) => child.name === 'Status')?.text;
  if (rule.name !== 'Rule' || (status !== 'Enabled' && status !== 'Disabled')) throw malformedXml();
  if (rule.children.some((child) => child.name === 'ID' && child.text !== '')) return rule;
  const id: XmlElement = { name: 'ID', text: randomBytes(36).toString('base64url'), children: [] };
  return { ...rule, children: [id, ...rule.children.filter((child) => child.name !== 'ID')] };
}

export const getBucketLifecycle: Operation = {
  name: 'GetBucketLifecycleConfiguration',
  run(call) {
    const { lifecycle, name } = bucketOf(call);
    if (!lifecycle) {
      const message = 'The lifecycle configuration does not exist';
      throw new S3Error('NoSuchLifecycleConfiguration', message, 404, { BucketName: name });
    }
    const body = xmlDocument(lifecycle.name, ...lifecycle.children.map(writeElement));
    return { headers: { [MINIMUM_SIZE_HEADER]: MINIMUM_SIZE }, body };
  },
};

function writeElement({ name, children, text }: XmlElement): string {
  return children.length > 0 ? branch(name, ...children.map(writeElement)) : leaf(name, text);
}

export const deleteBucketLifecycle: Operation = {
  name: 'DeleteBucketLifecycle',
  run(call) {
    bucketOf(call).lifecycle = undefined;
    return { status: 204 };
  },
};
