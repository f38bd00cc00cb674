import { Skeleton } from "antd";
import { lazy, Suspense, type ComponentProps } from "react";

const Chart = lazy(() => import("./Chart"));

/** A chart whose library is fetched when the first one is shown. */
export function LazyChart(props: ComponentProps<typeof Chart>) {
  return (
    <div style={{ minHeight: props.height }}>
      <Suspense fallback={<Skeleton active paragraph={{ rows: 4 }} />}>
        <Chart {...props} />
      </Suspense>
    </div>
  );
}
