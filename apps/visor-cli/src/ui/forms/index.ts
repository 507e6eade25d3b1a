import { type Forms } from '../contracts.js';
import { aggregateForm, orderForm } from './aggregate-form.js';
import { copyForm } from './copy-form.js';
import { ExportForm } from './export-form.js';
import { FilterForm } from './filter-form.js';
import { HelpForm } from './help-form.js';
import { QueryForm } from './query-form.js';
import { rangeForm } from './range-form.js';
import { savedPath, SavedFilters } from './saved-filters.js';

export const forms: Forms = {
  filter: (parts) => new FilterForm(parts, new SavedFilters(savedPath(process.env))),
  query: (parts) => new QueryForm(parts),
  range: rangeForm,
  aggregate: aggregateForm,
  order: orderForm,
  export: (parts) => new ExportForm(parts),
  copy: copyForm,
  help: (parts, keys) => new HelpForm(parts, keys),
};
