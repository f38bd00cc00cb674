// The frame of every place: header, places, and the page. It asks who the caller is; without a session the answer is 401,
// which leads to the sign-in page and back (App.tsx).

import { LogoutOutlined, MenuOutlined, UserOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Dropdown, Skeleton } from "antd";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, Outlet, useLocation, useNavigate } from "react-router";

import { answer, api, setCsrf } from "../api/client";
import { may, type Me } from "../api/permissions";
import { meQuery } from "../api/queries";
import { ErrorPanel } from "../shared/ErrorPanel";
import { LanguageTheme } from "./LanguageTheme";
import { Mark } from "./Mark";
import { Nav } from "./Nav";
import { HeaderSearch } from "./HeaderSearch";
import { useSessionOver } from "./session";
import { TaskBell } from "./TaskBell";
import { useReachableScrolling } from "./useReachableScrolling";
import "./shell.css";

// What is rarely needed is fetched when it is.
const SessionOver = lazy(() => import("./SessionOver"));
const NavDrawer = lazy(() => import("./NavDrawer"));

export default function Shell() {
  const { t } = useTranslation();
  const me = useQuery(meQuery);
  const isOver = useSessionOver();
  const { pathname } = useLocation();
  const [isNavOpen, setNavOpen] = useState(false);
  const body = useRef<HTMLElement>(null);
  useReachableScrolling();
  // GET /v1/me tells the token that writing calls need; children read it only after this render.
  if (me.data) setCsrf(me.data.csrf);
  useEffect(() => {
    setNavOpen(false);
    window.scrollTo(0, 0);
  }, [pathname]);

  if (me.error && me.error instanceof Error && !me.data) {
    return (
      <main className="gate-box">
        <ErrorPanel error={me.error} retry={() => void me.refetch()} />
      </main>
    );
  }
  return (
    <div className="shell">
      <a className="skip" href="#body" onClick={(event) => (event.preventDefault(), body.current?.focus())}>
        {t("app.skip")}
      </a>
      <header className="shell-head">
        <Button className="only-narrow" type="text" icon={<MenuOutlined />} aria-label={t("nav.open")} onClick={() => setNavOpen(true)} />
        <Link className="brand" to="/" aria-label={t("app.name")}>
          <Mark size={26} />
          <span>{t("app.name")}</span>
        </Link>
        {me.data && <HeaderSearch me={me.data} />}
        <div className="shell-tools">
          {may(me.data, "GET /tasks/stream") && <TaskBell me={me.data!} />}
          <LanguageTheme />
          {me.data && <UserMenu me={me.data} />}
        </div>
      </header>
      <nav className="shell-nav" aria-label={t("nav.places")}>
        {me.data && <Nav me={me.data} />}
      </nav>
      {isNavOpen && me.data && (
        <Suspense>
          <NavDrawer me={me.data} onClose={() => setNavOpen(false)} />
        </Suspense>
      )}
      <main className="shell-body" id="body" ref={body} tabIndex={-1}>
        {me.data ? (
          <Suspense fallback={<Skeleton active />}>
            <Outlet />
          </Suspense>
        ) : (
          <Skeleton active />
        )}
      </main>
      {me.data && isOver && (
        <Suspense>
          <SessionOver me={me.data} />
        </Suspense>
      )}
    </div>
  );
}

function UserMenu({ me }: { me: Me }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();

  async function signOut() {
    // Whatever the answer: what stands on the screen goes.
    await answer(api.DELETE("/v1/session")).catch(() => undefined);
    setCsrf(null);
    client.clear();
    void navigate("/sign-in", { replace: true });
  }

  const role = me.user ? t(`role.${me.user.role}`) : "";
  return (
    <Dropdown
      autoFocus trigger={["click"]}
      menu={{
        items: [
          { key: "who", type: "group", label: <UserLine name={me.user?.name} email={me.user?.email} role={role} /> },
          { key: "account", icon: <UserOutlined />, label: t("user.account") },
          { type: "divider" },
          { key: "out", icon: <LogoutOutlined />, label: t("user.signOut") },
        ],
        onClick: ({ key }) => (key === "out" ? void signOut() : void navigate("/settings/account")),
      }}
    >
      <Button type="text" icon={<UserOutlined />} aria-label={`${me.user?.name ?? ""} ${t("user.menu")}`}>
        <span className="only-wide">{me.user?.name}</span>
      </Button>
    </Dropdown>
  );
}

function UserLine({ name, email, role }: { name: string | undefined; email: string | undefined; role: string }) {
  return (
    <span className="user-line">
      <strong>{name}</strong>
      <span>{email}</span>
      <span>{role}</span>
    </span>
  );
}
