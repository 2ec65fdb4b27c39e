import { Injectable, type PipeTransform, type ArgumentMetadata } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { RpcError } from '../rpc/rpc-error.js';
import { NoParams } from './no.params.js';

const MAX_FAULTS = 20;

/**
 * Turns a request's `params` into the handler's params class, by its class-validator rules; what it does not declare is
 * refused. Absent params are an empty object.
 */
@Injectable()
export class ParamsPipe implements PipeTransform<unknown, object> {
  /** @throws RpcError Invalid params, naming every fault by its field */
  transform(params: unknown = {}, { metatype }: ArgumentMetadata): object {
    if (metatype === undefined) throw new Error('A handler declares no params class');
    if (typeof params !== 'object' || params === null || Array.isArray(params)) {
      throw RpcError.invalidParams('Parameters are passed by name, in an object');
    }
    // class-transformer and class-validator pass over names that every object has, and over a class without rules.
    const hidden =
      metatype === NoParams ? Object.keys(params) : Object.keys(params).filter((name) => name in Object.prototype);
    if (hidden.length > 0)
      throw RpcError.invalidParams({ errors: hidden.map((field) => ({ field, message: UNKNOWN })) });
    const instance = plainToInstance(metatype as new () => object, params);
    const faults = validateSync(instance, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: false });
    if (faults.length > 0) throw RpcError.invalidParams(describe(faults));
    return instance;
  }
}

const UNKNOWN = 'is not a known field';

/** A fault of a `whole` rule is a sentence of its own, the others are listed by field. */
function describe(faults: ValidationError[]): string | { errors: { field: string; message: string }[] } {
  const errors = faults.flatMap((fault) => flatten(fault, ''));
  const sentence = errors.find(({ message }) => message === 'Command cannot be empty');
  return sentence?.message ?? { errors: errors.slice(0, MAX_FAULTS) };
}

function flatten(fault: ValidationError, path: string): { field: string; message: string }[] {
  const field = `${path}${fault.property.slice(0, 100)}`;
  const messages = Object.entries(fault.constraints ?? {}).map(([rule, message]) =>
    rule === 'whitelistValidation' ? UNKNOWN : message,
  );
  return [
    ...messages.slice(-1).map((message) => ({ field, message })),
    ...(fault.children ?? []).flatMap((child) => flatten(child, `${field}.`)),
  ];
}
