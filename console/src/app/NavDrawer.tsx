import { Drawer } from "antd";
import { useTranslation } from "react-i18next";

import type { Me } from "../api/permissions";
import { Nav } from "./Nav";

/** The places on a narrow screen. */
export default function NavDrawer({ me, onClose }: { me: Me; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Drawer open placement="left" size={272} onClose={onClose} title={t("app.name")}>
      <nav aria-label={t("nav.places")}>
        <Nav me={me} />
      </nav>
    </Drawer>
  );
}
