import { useEffect } from "react";

/** What of antd's tables, and of texts as they are, can be wider or higher than its place. */
const SCROLLING = ".ant-table-content, .ant-table-body, .pre";

function mark() {
  for (const box of document.querySelectorAll<HTMLElement>(SCROLLING)) {
    const scrolls = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
    if (scrolls) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

/** What scrolls can be reached by keyboard: antd's tables cannot by themselves (WCAG 2.1.1). */
export function useReachableScrolling() {
  useEffect(() => {
    let frame = 0;
    const later = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(mark);
    };
    const changes = new MutationObserver(later);
    changes.observe(document.body, { childList: true, subtree: true });
    window.addEventListener("resize", later);
    later();
    return () => {
      cancelAnimationFrame(frame);
      changes.disconnect();
      window.removeEventListener("resize", later);
    };
  }, []);
}
