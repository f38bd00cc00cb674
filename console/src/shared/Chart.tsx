// Apache ECharts with the few parts that are used. Tips are drawn on the canvas: as HTML they would carry style
// attributes, which the Content-Security-Policy refuses. Every chart stands beside a table that says the same.

import { BarChart, GraphChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use, type EChartsCoreOption } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { theme } from "antd";
import { useEffect, useRef } from "react";

use([BarChart, LineChart, GraphChart, GridComponent, TooltipComponent, LegendComponent, CanvasRenderer]);

interface Props {
  option: EChartsCoreOption;
  height: number;
  /** What the picture shows, for those who do not see it. */
  label: string;
  onPick?: (name: string) => void;
}

export default function Chart({ option, height, label, onPick }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const pick = useRef(onPick);
  pick.current = onPick;
  const { token } = theme.useToken();
  useEffect(() => {
    if (!box.current) return;
    const text = { color: token.colorTextSecondary, fontFamily: token.fontFamily };
    // Axes have colours of their own in ECharts, which are made for white.
    const axis = {
      axisLabel: { color: token.colorTextSecondary },
      axisLine: { lineStyle: { color: token.colorBorder } },
      splitLine: { lineStyle: { color: token.colorBorderSecondary } },
    };
    const look = { categoryAxis: axis, valueAxis: axis, legend: { textStyle: text } };
    const chart = init(box.current, look, { renderer: "canvas" });
    chart.setOption({
      animation: false,
      color: [token.colorPrimary, "#d98e32", "#5b8def", "#b565a7", "#7a8b99"],
      textStyle: text,
      tooltip: {
        trigger: "axis", renderMode: "richText", confine: true, borderWidth: 1, borderColor: token.colorBorder,
        backgroundColor: token.colorBgElevated, textStyle: { ...text, color: token.colorText, fontSize: 12 },
      },
      ...option,
    });
    chart.on("click", ({ name }) => pick.current?.(name));
    const watcher = new ResizeObserver(() => chart.resize());
    watcher.observe(box.current);
    return () => {
      watcher.disconnect();
      chart.dispose();
    };
  }, [option, token]);
  return <div ref={box} role="img" aria-label={label} style={{ height }} />;
}
