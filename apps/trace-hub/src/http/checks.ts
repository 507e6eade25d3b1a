import { type ValidationArguments, ValidateBy } from 'class-validator';
import { wholeSentence, written } from './read-query.js';

const read = (object: object, property: string): unknown => (object as Record<string, unknown>)[property];

/** Not together with another property. @param names the two parameters, this one first */
export function NotWith(property: string, names: readonly [string, string]): PropertyDecorator {
  return ValidateBy(
    {
      name: `notWith_${property}`,
      validator: {
        validate: (value, args) =>
          value === undefined || read((args as ValidationArguments).object, property) === undefined,
      },
    },
    { ...wholeSentence, message: `${names[0]} and ${names[1]} cannot both be given; use one of them` },
  );
}

/** A time after that of another property, where both are given. @param names the two parameters, this one first */
export function IsAfter(property: string, names: readonly [string, string]): PropertyDecorator {
  return ValidateBy(
    {
      name: `isAfter_${property}`,
      validator: {
        validate: (value, args) => {
          const start = read((args as ValidationArguments).object, property);
          return value === undefined || start === undefined || Number(value) > Number(start);
        },
      },
    },
    {
      ...wholeSentence,
      message: ({ object }: ValidationArguments) =>
        `${names[0]}: "${written(object, names[0])}" is not after ${names[1]} ("${written(object, names[1])}")`,
    },
  );
}
