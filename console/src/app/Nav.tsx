import {
  ApartmentOutlined, BarChartOutlined, GiftOutlined, HomeOutlined, NodeIndexOutlined, QrcodeOutlined, SettingOutlined, TeamOutlined,
} from "@ant-design/icons";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";

import { may, type Me } from "../api/permissions";
import { places, type Place } from "./places";

const ICONS: Record<Place["name"], ReactNode> = {
  home: <HomeOutlined />,
  codes: <QrcodeOutlined />,
  campaigns: <GiftOutlined />,
  members: <TeamOutlined />,
  trace: <NodeIndexOutlined />,
  channel: <ApartmentOutlined />,
  data: <BarChartOutlined />,
  settings: <SettingOutlined />,
};

/** Whether an address lies under that of a place or page. */
function under(pathname: string, path: string): boolean {
  return path === "/" ? pathname === "/" : pathname === path || pathname.startsWith(`${path}/`);
}

/** A person's page belongs to the search that leads there, and a scan's to the lookup of codes. */
function owner(pathname: string): string {
  if (pathname.startsWith("/members/people/")) return "/members/search";
  if (pathname.startsWith("/codes/scans/")) return "/codes/lookup";
  return pathname;
}

export function Nav({ me }: { me: Me }) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const here = owner(pathname);
  return (
    <ul className="nav-list">
      {places.map((place) => {
        const pages = place.pages.filter((page) => may(me, page.route));
        if (place.pages.length > 0 ? pages.length === 0 : place.route && !may(me, place.route)) return null;
        const isOpen = under(here, place.path);
        // The page whose address is the longest: some places are a page as well.
        const current = pages.filter((page) => under(here, page.path)).sort((one, other) => other.path.length - one.path.length)[0];
        return (
          <li key={place.name}>
            <div className={isOpen ? "place-open" : undefined}>
              <Link to={pages[0]?.path ?? place.path} aria-current={isOpen && pages.length === 0 ? "page" : undefined}>
                {ICONS[place.name]}
                {t(`place.${place.name}`)}
              </Link>
            </div>
            {isOpen && pages.length > 0 && (
              <ul className="nav-pages">
                {pages.map((page) => (
                  <li key={page.path}>
                    <Link to={page.path} aria-current={page === current ? "page" : undefined}>
                      {t(page.text)}
                    </Link>
                  </li>
                ))}
              </ul>
            )}
          </li>
        );
      })}
    </ul>
  );
}
