import { type CliData } from './cli-data.js';

/** Minutes after the start of the data in which it has something: packets and a loss, changes of tables. */
const dataMinutes: readonly number[] = [0, 1, 2, 3, 4, -20, -60];

/**
 * A time of day as its distance from the data's start, in as many characters: `+0:03:05.000007`. Times that the data does not
 * have, as that of the run, are `HH:MM:SS`.
 */
function sinceStart(hour: string, minute: string, rest: string, start_min: number): string {
  const day = 24 * 60;
  const distance = (((Number(hour) * 60 + Number(minute) - start_min) % day) + day) % day;
  const minutes = distance > day / 2 ? distance - day : distance;
  if (!dataMinutes.includes(minutes)) return `HH:MM${rest.replace(/^:\d\d/, ':SS').replace(/\d/g, 'N')}`;
  const [sign, size] = [minutes < 0 ? '-' : '+', Math.abs(minutes)];
  return `${sign}${Math.floor(size / 60)}:${String(size % 60).padStart(2, '0')}${rest}`;
}

/** Where packets of a few minutes are put into longer steps, how many are in one depends on the time of the run. */
const withoutMaxima = (legend: string): string =>
  legend.replace(/\d+(?= +\d+ +\d+\.\d$)/gm, (most) => 'N'.padStart(most.length));

/** @returns an output with what is another at each run, times above all, in one form; widths stay as they are */
export function steady(
  output: string,
  { hub, start_us, ahead_min, home }: Pick<CliData, 'hub' | 'start_us' | 'ahead_min'> & { home: string },
): string {
  const utc_min = Math.floor(start_us / 60e6);
  const port = new URL(hub.url).port;
  return (
    output
      .replaceAll(hub.url, hub.url.replace(port, '#'.repeat(port.length)))
      .replaceAll(home, 'HOME')
      .replace(/\d{4}-\d\d-\d\d(?=[T ]\d\d:)/g, 'DATE')
      // Not within addresses: those have a dot, a colon or a digit before or after.
      .replace(
        /(?<![\d.:]|DATET)(\d\d):(\d\d)(:\d\d(?:\.\d+)?)(?![\d:])/g,
        (_, hour: string, minute: string, rest: string) =>
          sinceStart(hour, minute, rest, utc_min + ahead_min),
      )
      .replace(/(?<=DATET)(\d\d):(\d\d)(:\d\d(?:\.\d+)?)/g, (_, hour: string, minute: string, rest: string) =>
        sinceStart(hour, minute, rest, utc_min),
      )
      .replace(/"(rows_read|elapsed_ms)": \d+/g, '"$1": N')
      .replace(/(?<=stopped after )\d+\.\d(?= s)/g, 'N')
      // Heartbeats: how old the newest is, and the how manieth.
      .replace(/("age_s": ?)\d+/g, '$1N')
      .replace(/("seq": ?)\d+(?=,\s*"version")/g, '$1N')
      .replace(/\d+s(?= {2}3d )/g, (age) => 'Ns'.padStart(age.length))
      // How long an alert has fired until now.
      .replace(/(?<=firing)( {2,}\S+)(?= {2}(?:info|warning|critical))/g, (length) =>
        'N'.padStart(length.length),
      )
      // Under groups: of which seconds, and how much was read for it, is of the run.
      .replace(/^(time +)between .*(?= \()/gm, '$1between TIMES')
      .replace(/^(cost +)\S+( \S+)? rows? of \w+/gm, '$1N rows of TABLE')
      .replace(/\d+(\.\d+)?(?= ?ms\b)/g, 'N')
      // In charts and lines of series, where the data is in the time that is looked at.
      .replace(/(in steps of [^\n]*\n)(?:[^\n]*[│└][^\n]*\n)+[^\n]*\n/g, '$1CHART\n')
      .replace(/in steps of (?!1m\n)[^]*?\n\n/g, withoutMaxima)
      .replace(/^DATE[^,\n]*,0\r?\n/gm, '')
  );
}
