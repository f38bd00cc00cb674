/** Four strokes and one across: a tally of five. */
export function Mark({ size }: { size: number }) {
  return <img src="/console/mark.svg" width={size} height={size} alt="" />;
}
