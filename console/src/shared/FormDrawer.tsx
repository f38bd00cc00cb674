import { Button, Drawer, Form } from "antd";
import type { FormInstance } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { ErrorPanel } from "./ErrorPanel";

interface Props<T> {
  open: boolean;
  title: string;
  submit: string;
  busy: boolean;
  error: unknown;
  initial?: Partial<T>;
  form?: FormInstance<T>;
  width?: number;
  onSubmit: (values: T) => void;
  onClose: () => void;
  children: ReactNode;
}

/** A form beside the list that it adds to. */
export function FormDrawer<T extends object>(props: Props<T>) {
  const { open, title, submit, busy, error, initial, form, width = 480, onSubmit, onClose, children } = props;
  const { t } = useTranslation();
  const [own] = Form.useForm<T>();
  const used = form ?? own;
  return (
    <Drawer
      open={open}
      title={title}
      size={Math.min(width, window.innerWidth)}
      onClose={onClose}
      destroyOnHidden
      footer={
        <div className="row drawer-foot">
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="primary" loading={busy} onClick={() => used.submit()}>
            {submit}
          </Button>
        </div>
      }
    >
      {error ? (
        <div className="drawer-error">
          <ErrorPanel error={error} />
        </div>
      ) : null}
      <Form form={used} layout="vertical" preserve={false} initialValues={initial as never} onFinish={onSubmit}>
        {children}
        {/* Enter in a field submits, as in any form. */}
        <button type="submit" className="visually-hidden" tabIndex={-1} aria-hidden />
      </Form>
    </Drawer>
  );
}
