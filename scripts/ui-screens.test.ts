import { expect, it } from 'vitest';
import { pages, pageText, withScreens } from './ui-screens.mjs';

it.each(pages)(
  '%s shows the screens as they are kept; node scripts/ui-screens.mjs puts them there',
  (page) => {
    const text = pageText(page);
    expect(text).toContain('<!-- screen: ');
    expect(withScreens(text)).toBe(text);
  },
);
