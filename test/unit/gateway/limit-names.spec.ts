import { describe, expect, it } from '@jest/globals';
import { LIMIT_NAMES } from '../../../src/gateway/limit-names.js';
import { LimitsParams } from '../../../src/gateway/limits.params.js';
import { ParamsPipe } from '../../../src/gateway/params.pipe.js';
import { resourceLimitsFrom } from '../../../src/gateway/resource-limits-from.js';

const AMOUNT: Readonly<Record<string, number>> = { memory_bytes: 2 ** 30 };

const pipe = new ParamsPipe();

describe('the name of a limit on the wire', () => {
  it.each(Object.entries(LIMIT_NAMES))('of %s is %s, there and back', (name, wireName) => {
    const params = pipe.transform({ [wireName]: AMOUNT[wireName] ?? 1000 }, { type: 'body', metatype: LimitsParams });

    expect(resourceLimitsFrom(params as LimitsParams)).toEqual({ [name]: AMOUNT[wireName] ?? 1000 });
  });
});
