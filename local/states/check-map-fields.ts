// Checks of the fields that only a Map has.
import { READ_OBJECT, WRITE_OBJECT } from './asl.ts';
import {
  type Check,
  expressionOnly,
  expressionOr,
  number,
  object,
  oneOf,
  report,
  show,
  template,
  textTemplate,
  wholeNumber,
} from './check-values.ts';
import { isName, MAX_LABEL_LENGTH } from './names.ts';

/** Of one map run (ItemReader, developer guide). */
const MAX_ITEMS = 100_000_000;

const label: Check = (value, path, review) => {
  if (typeof value === 'string' && isName(value, MAX_LABEL_LENGTH)) return;
  const allowed = `1 to ${MAX_LABEL_LENGTH} characters without white space, brackets, wildcards and special characters`;
  report(review, path, `Label is ${show(value)}; allowed are ${allowed}`);
};

const itemReader = object({
  allowed: {
    Resource: oneOf(READ_OBJECT),
    ReaderConfig: object({
      allowed: { InputType: oneOf('JSONL'), MaxItems: expressionOr(wholeNumber(1, MAX_ITEMS)) },
      required: ['InputType'],
    }),
    Arguments: object({
      allowed: { Bucket: textTemplate, Key: textTemplate, VersionId: textTemplate },
      required: ['Bucket', 'Key'],
    }),
  },
  required: ['Resource', 'ReaderConfig', 'Arguments'],
});

const resultWriter = object({
  allowed: {
    Resource: oneOf(WRITE_OBJECT),
    Arguments: object({ allowed: { Bucket: textTemplate, Prefix: textTemplate }, required: ['Bucket'] }),
  },
  required: ['Resource', 'Arguments'],
});

const items: Check = (value, path, review) => {
  const check = Array.isArray(value) ? template() : expressionOnly;
  check(value, path, review);
};

/** In both modes. */
export const mapFields = { Items: items, ItemSelector: template(), MaxConcurrency: expressionOr(wholeNumber(0)) };

/** In distributed mode besides. */
export const distributedFields: Readonly<Record<string, Check>> = {
  Label: label,
  ItemReader: itemReader,
  ResultWriter: resultWriter,
  ToleratedFailurePercentage: expressionOr(number(0, 100)),
  ToleratedFailureCount: expressionOr(wholeNumber(0)),
};
