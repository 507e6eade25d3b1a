import { type InputOptions, type OutputOptions } from 'rolldown';

export const asWritten: InputOptions;
export const withLines: OutputOptions;
export const withoutSpaces: OutputOptions;
