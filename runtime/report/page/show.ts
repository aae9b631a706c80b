/** Numbers and instants as the page shows them. */
import { data } from './data.ts';

export const dash = '–';
export const grouped = (value: number, decimals: number) =>
  Number.isFinite(value)
    ? value
        .toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
        .replace(/,/g, ' ')
        .replace('-', '−')
    : dash;
export const price = (value: number) => grouped(value, data.priceDecimals);
export const percent = (value: number) => (Number.isFinite(value) ? `${grouped(value * 100, 2)} %` : dash);
export const significant = (value: number) => {
  if (value === 0) return '0';
  const decimals = Math.max(0, Math.min(10, 4 - Math.floor(Math.log10(Math.abs(value)))));
  return grouped(value, decimals);
};
export const instant = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ');
