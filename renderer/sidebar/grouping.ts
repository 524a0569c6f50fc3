// Which heading of the list a conversation falls under, by calendar days of this computer's time zone. Pure.
import type { Time } from '../../main/ipc/contract.ts';
import { text } from '../text/text.ts';

export function groupOf(time: Time, now: Time): string {
  const { today, yesterday, week, month, earlier } = text.sidebar.groups;
  const days = dayNumber(now) - dayNumber(time);
  if (days <= 0) return today;
  if (days === 1) return yesterday;
  if (days <= 7) return week;
  return days <= 30 ? month : earlier;
}

function dayNumber(time: Time): number {
  const date = new Date(time);
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000);
}
