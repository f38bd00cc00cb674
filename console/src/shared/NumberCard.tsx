import { Skeleton } from "antd";
import type { ReactNode } from "react";
import { Link } from "react-router";

interface Props {
  label: string;
  value: ReactNode;
  note?: ReactNode;
  /** The report or list that the number counts. */
  to?: string;
  loading?: boolean;
}

/** A number, and the way to what it counts. */
export function NumberCard({ label, value, note, to, loading = false }: Props) {
  const inner = (
    <>
      <span className="number-label">{label}</span>
      {loading ? <Skeleton.Button active size="small" /> : <span className="number-value">{value}</span>}
      {note && <span className="number-note">{note}</span>}
    </>
  );
  return to ? (
    <Link className="number-card" to={to}>
      {inner}
    </Link>
  ) : (
    <div className="number-card">{inner}</div>
  );
}
