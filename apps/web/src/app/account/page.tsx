import type { Metadata } from 'next';
import { AccountPanel } from '../../account/account-panel.tsx';
import { PageFrame } from '../../site/page-frame.tsx';

export const metadata: Metadata = { title: 'Account' };

export default function AccountPage() {
  return (
    <PageFrame current="account">
      <div className="page-width max-w-3xl pt-12">
        <h1 className="text-3xl font-[700] tracking-[-0.025em]">Account</h1>
        <div className="mt-6 min-h-80">
          <AccountPanel />
          <noscript>
            <p>Signing in needs scripts. Lessons can be read without them.</p>
          </noscript>
        </div>
      </div>
    </PageFrame>
  );
}
