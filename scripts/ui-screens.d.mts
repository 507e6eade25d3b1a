export const pages: readonly string[];
export function withScreens(text: string): string;
export function pageText(page: string): string;
