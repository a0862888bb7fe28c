// The errors of S3 in S3's own words, each with what S3 adds to it.
import { AwsError } from '../kernel/aws-error.ts';

export class S3Error extends AwsError {
  readonly headers: Readonly<Record<string, string>>;

  /** @param members further elements of the error document, such as `Key` */
  constructor(
    name: string,
    message: string,
    status: number,
    members: Readonly<Record<string, string>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(name, message, status, members);
    this.headers = headers;
  }
}

export function accessDenied(message = 'Access Denied'): S3Error {
  return new S3Error('AccessDenied', message, 403);
}

export function invalidRequest(message: string): S3Error {
  return new S3Error('InvalidRequest', message, 400);
}

export function invalidArgument(message: string, name: string, value = ''): S3Error {
  return new S3Error('InvalidArgument', message, 400, { ArgumentName: name, ArgumentValue: value });
}

export function malformedXml(): S3Error {
  const message = 'The XML you provided was not well-formed or did not validate against our published schema';
  return new S3Error('MalformedXML', message, 400);
}

export function noSuchBucket(name: string): S3Error {
  return new S3Error('NoSuchBucket', 'The specified bucket does not exist', 404, { BucketName: name });
}

/** @param markerId version id of the delete marker that hides the key */
export function noSuchKey(key: string, markerId?: string): S3Error {
  const headers = markerId === undefined ? {} : { 'x-amz-delete-marker': 'true', 'x-amz-version-id': markerId };
  return new S3Error('NoSuchKey', 'The specified key does not exist.', 404, { Key: key }, headers);
}

export function noSuchVersion(key: string, versionId: string): S3Error {
  const members = { Key: key, VersionId: versionId };
  return new S3Error('NoSuchVersion', 'The specified version does not exist.', 404, members);
}

export function invalidVersionId(versionId: string): S3Error {
  return invalidArgument('Invalid version id specified', 'versionId', versionId);
}

export function noSuchUpload(uploadId: string): S3Error {
  const message =
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.';
  return new S3Error('NoSuchUpload', message, 404, { UploadId: uploadId });
}

/** What S3 answers when a version named by its id is a delete marker: only DELETE works on those. */
export function methodNotAllowedOnMarker(method: string, markerId: string): S3Error {
  const members = { Method: method, ResourceType: 'DeleteMarker' };
  const headers = { allow: 'DELETE', 'x-amz-delete-marker': 'true', 'x-amz-version-id': markerId };
  const message = 'The specified method is not allowed against this resource.';
  return new S3Error('MethodNotAllowed', message, 405, members, headers);
}

export function preconditionFailed(condition: string): S3Error {
  const message = 'At least one of the pre-conditions you specified did not hold';
  return new S3Error('PreconditionFailed', message, 412, { Condition: condition });
}

/** S3's own 501, for a value of a header that S3 does not take either. */
export function headerNotTaken(header: string): S3Error {
  const message = 'A header you provided implies functionality that is not implemented';
  return new S3Error('NotImplemented', message, 501, { Header: header });
}

export function keyTooLong(sizeBytes: number): S3Error {
  const members = { Size: String(sizeBytes), MaxSizeAllowed: String(1024) };
  return new S3Error('KeyTooLongError', 'Your key is too long', 400, members);
}
