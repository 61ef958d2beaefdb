import { expect, test } from '@playwright/test';
import { LabPage } from './lab-page.ts';

test('a lesson in another language: found from the course, said to be one, and back', async ({ browser }) => {
  const context = await browser.newContext({ locale: 'de-DE' });
  const page = await context.newPage();
  await page.goto('/course');
  await page
    .getByRole('link', { name: /Pods in einem flachen Netz.*Lektion|Pods in einem flachen Netz/ })
    .first()
    .click();
  await expect(page).toHaveURL(/\/de\/learn\/pods\/flat-network$/);
  await expect(page.locator('article')).toHaveAttribute('lang', 'de');
  await expect(page.locator('link[rel="alternate"][hreflang="en"]')).toHaveAttribute(
    'href',
    /\/learn\/pods\/flat-network$/,
  );
  await page.getByRole('navigation', { name: 'Language' }).getByRole('link', { name: 'English' }).click();
  await expect(page.getByRole('heading', { name: 'Pods on a flat network', level: 1 })).toBeVisible();
  await context.close();
});

test('a lesson’s quiz: wrong, right, explained, and remembered', async ({ page }) => {
  await page.goto('/learn/pods/flat-network');
  const quiz = page.locator('#quiz-same-port');
  await quiz.getByRole('radio', { name: /address already in use/ }).check();
  await quiz.getByRole('button', { name: 'Answer' }).click();
  await expect(quiz).toContainText('Not so.');
  await quiz.getByRole('radio', { name: /Both serve/ }).check();
  await quiz.getByRole('button', { name: 'Answer' }).click();
  await expect(quiz).toContainText('The port belongs to the network namespace');
  await page.reload();
  // What was answered is asked for when the reader comes near.
  await quiz.scrollIntoViewIfNeeded();
  await expect(quiz).toContainText('Right.');
});

test('a lesson’s commands: they print what the simulation prints, and a prediction comes first', async ({
  page,
}) => {
  await page.goto('/learn/policies/default-deny');
  const quiz = page.locator('#quiz-first-failure');
  await expect(quiz.getByRole('button', { name: /^Run/ })).toHaveCount(0);
  await quiz.getByRole('radio', { name: /look the name up/ }).check();
  await quiz.getByRole('button', { name: /^Run/ }).click();
  await expect(quiz).toContainText(/Could not resolve host|Resolving timed out/);
  await quiz.getByRole('button', { name: 'Answer' }).click();
  await expect(quiz).toContainText('Right.');
});

test('things are put in order by buttons, and the order is judged', async ({ page }) => {
  await page.goto('/learn/plugins/cnm-and-cni');
  const quiz = page.locator('#quiz-who-calls');
  const inOrder = [
    /asks the runtime/,
    /makes a network namespace/,
    /runs the plugins/,
    /prints the address/,
    /containers start/,
  ];
  const items = quiz.getByRole('listitem');
  for (const [place, what] of inOrder.entries()) {
    const texts = await items.allInnerTexts();
    for (let at = texts.findIndex((text) => what.test(text)); at > place; at--) {
      await items.nth(at).getByRole('button', { name: 'Earlier' }).click();
      await expect(items.nth(at - 1)).toContainText(what);
    }
  }
  await quiz.getByRole('button', { name: 'Answer' }).click();
  await expect(quiz).toContainText('Right.');
  await expect(quiz).toContainText('before any container is');
});

test('a lesson’s figures: the packet through the tunnel, hop by hop, and the nodes it crosses', async ({
  page,
}) => {
  await page.goto('/learn/pods/between-nodes');
  const packet = page.getByRole('figure').filter({ hasText: 'One packet, wrapped on the first node' });
  await expect(packet).toContainText('flannel.1');
  await expect(packet.getByRole('region', { name: /^The packet/ })).toBeVisible();
  const diagram = page.getByRole('figure').filter({ hasText: 'Four pods on three nodes' });
  for (const name of ['alice', 'bob', 'carol', 'dave', 'podwire-worker2'])
    await expect(diagram).toContainText(name);
});

test('parameters: a learner’s own port stands in the text, in the command and in the check', async ({
  page,
}) => {
  const lab = new LabPage(page);
  await lab.open('in-from-outside');
  const task = lab.task('A port on every node');
  await expect(task).toContainText(/on port 30[01]\d\d of every node/);
  const port = /on port (\d+) of every node/.exec(await task.innerText())?.[1] ?? '';
  await lab.run(
    `kubectl patch service web -p '{"spec":{"type":"NodePort","ports":[{"port":80,"nodePort":${port}}]}}'`,
    'service/web patched',
  );
  await task.getByRole('radio', { name: /An address of the node/ }).check();
  await task.getByRole('radio', { name: /comes back through the node/ }).check();
  await lab.check(task);
  await expect(task.getByRole('button', { name: 'Next task' })).toBeVisible();
});

test('a hint that costs something asks first, and is remembered', async ({ page }) => {
  const lab = new LabPage(page);
  await lab.open('guard-the-database');
  await page.getByRole('button', { name: /^Task 2:/ }).click();
  const task = lab.task('Write test-network-policy');
  for (let shown = 0; shown < 3; shown++) await task.getByRole('button', { name: /hint/ }).click();
  await expect(task).not.toContainText('This is the whole from');
  await task.getByRole('button', { name: /costs 30 %/ }).click();
  await task.getByRole('button', { name: 'Show it for 30 %' }).click();
  await expect(task).toContainText('This is the whole from');
  await page.reload();
  await expect(lab.task('Write test-network-policy')).toContainText('This is the whole from');
});

test('pods on a flat network: wrong first, then right', async ({ page }) => {
  const lab = new LabPage(page);
  await lab.open('pods-on-a-flat-network');
  await lab.run('kubectl get pods -o wide', /server\s+1\/1\s+Running/);
  const task = lab.task('Reach the server from the other node');

  // On the server's own node first: the check says which field is wrong.
  await lab.run(
    "sed 's/  # Say here.*/  nodeName: podwire-worker/' client.yaml | kubectl apply -f -",
    'pod/client created',
  );
  await lab.check(task);
  await expect(task.getByText('spec.nodeName is podwire-control-plane')).toBeVisible();
  await expect(task.getByText('spec.nodeName is podwire-worker')).toBeVisible();

  await lab.run('kubectl delete pod client', 'pod "client" deleted');
  await lab.run("sed -i 's/  # Say here.*/  nodeName: podwire-control-plane/' client.yaml; clear", '$');
  await lab.run('kubectl apply -f client.yaml', 'pod/client created');
  await lab.run('kubectl wait --for=condition=Ready pod/client --timeout=60s', 'pod/client condition met');
  await lab.run("echo ip=$(kubectl get pod server -o jsonpath='{.status.podIP}')=", /ip=10\.244\.1\.\d+=/);
  const ip = /ip=(10\.244\.1\.\d+)=/.exec(await lab.screen.innerText())?.[1] ?? '';
  await lab.run(`kubectl exec client -- curl -s http://${ip}:8080/clientip`, /10\.244\.0\.\d+:\d+/);
  await task.getByRole('textbox').fill(ip);
  await task
    .getByRole('radio', { name: 'The client pod’s own IP' })
    .or(task.getByRole('radio', { name: "The client pod's own IP" }))
    .check();
  await lab.check(task);
  await expect(task.getByRole('button', { name: 'Next task' })).toBeVisible();

  // The packet that proves it.
  await task.getByRole('button', { name: 'Show me the packet' }).click();
  await expect(page.getByText('cni0').first()).toBeVisible();

  await task.getByRole('button', { name: 'Next task' }).click();
  const second = lab.task('Two containers, one localhost');
  await lab.type(
    "cat > pair.yaml <<'EOF'\napiVersion: v1\nkind: Pod\nmetadata: { name: pair }\nspec:\n  containers:\n    - { name: web, image: 'registry.k8s.io/e2e-test-images/agnhost:2.53', args: [netexec, --http-port=8080] }\n    - { name: tools, image: 'registry.k8s.io/e2e-test-images/agnhost:2.53', args: [pause] }\nEOF",
  );
  await lab.run('kubectl apply -f pair.yaml', 'pod/pair created');
  await lab.run('kubectl wait --for=condition=Ready pod/pair --timeout=60s', 'pod/pair condition met');
  await lab.run('kubectl exec pair -c tools -- curl -s http://127.0.0.1:8080/hostname; echo', 'pair');
  await second.getByRole('radio', { name: /second to start would fail/ }).check();
  await lab.check(second);
  await expect(page.getByRole('heading', { name: 'Every task of this lab has passed' })).toBeVisible();
});

test('a Service in front: the refused connection is explained, then mended', async ({ page }) => {
  const lab = new LabPage(page);
  await lab.open('a-service-in-front');
  await lab.run(
    'kubectl exec client -- curl -sS -m 5 http://my-service/hostname',
    "Couldn't connect to server",
  );
  await lab.run('kubectl get endpointslices -l kubernetes.io/service-name=my-service', '<unset>');
  const first = lab.task('See how it fails');
  await first.getByRole('radio', { name: 'It is refused at once' }).check();
  await first.getByRole('radio', { name: /no endpoints/ }).check();
  await lab.check(first);
  await first.getByRole('button', { name: 'Next task' }).click();

  const second = lab.task('Mend the Service');
  await lab.check(second);
  await expect(second.getByText('the connection was refused').first()).toBeVisible();
  await expect(second.getByText(/default\/my-service/).first()).toBeVisible();
  await lab.run(
    `kubectl patch service my-service -p '{"spec":{"selector":{"app.kubernetes.io/name":"MyApp"}}}'`,
    'service/my-service patched',
  );
  await lab.run(
    'kubectl exec client -- curl -sS -m 5 http://my-service/hostname; echo',
    /my-app-[a-z0-9]+-[a-z0-9]+/,
  );
  await lab.check(second);
  await expect(page.getByRole('heading', { name: 'Every task of this lab has passed' })).toBeVisible();

  await second.getByRole('button', { name: 'Show how the author does it' }).click();
  await expect(second.getByRole('region', { name: 'The author’s solution' })).toContainText(
    'EndpointSlice controller',
  );
  await second.getByText('Hand in for credit').click();
  await second.getByRole('button', { name: 'Hand in', exact: true }).click();
  const credit = second.getByRole('region', { name: 'What was handed in last' });
  await expect(credit).toContainText('Passed, with 100 % of the score.');
  await expect(credit).toContainText('http://my-service answers by name');
});

const POLICY = `cat > policy.yaml <<'EOF'
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: test-network-policy, namespace: default }
spec:
  podSelector: { matchLabels: { role: db } }
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - ipBlock: { cidr: 172.17.0.0/16, except: [172.17.1.0/24] }
        - namespaceSelector: { matchLabels: { project: myproject } }
        - podSelector: { matchLabels: { role: frontend } }
      ports: [{ protocol: TCP, port: 6379 }]
  egress:
    - to: [{ ipBlock: { cidr: 10.0.0.0/24 } }]
      ports: [{ protocol: TCP, port: 5978 }]
EOF`;

test('guard the database: AND for OR is explained by the packet, then every client is judged right', async ({
  page,
}) => {
  const lab = new LabPage(page);
  await lab.open('guard-the-database');
  const before = lab.task('See that everyone gets in');
  await before.getByRole('radio', { name: /not isolated/ }).check();
  await lab.check(before);
  await before.getByRole('button', { name: 'Next task' }).click();

  const write = lab.task('Write test-network-policy');
  await lab.paste(
    POLICY.replace(
      '        - podSelector: { matchLabels: { role: frontend } }',
      '          podSelector: { matchLabels: { role: frontend } }',
    ),
  );
  await lab.run(
    'kubectl apply -f policy.yaml',
    'networkpolicy.networking.k8s.io/test-network-policy created',
  );
  await lab.check(write);
  await expect(write.getByText('the connection timed out').first()).toBeVisible();
  await expect(write.getByText(/NetworkPolicy default\/test-network-policy/).first()).toBeVisible();

  await lab.paste(POLICY);
  await lab.run('kubectl apply -f policy.yaml', 'test-network-policy configured');
  await lab.check(write);
  await write.getByRole('button', { name: 'Next task' }).click();

  const explain = lab.task('Say why');
  await explain.getByRole('radio', { name: /only looks in the policy/ }).check();
  await explain.getByRole('radio', { name: /The look-up gets no answer/ }).check();
  await explain.getByRole('radio', { name: /It lives on/ }).check();
  await lab.check(explain);
  await expect(page.getByRole('heading', { name: 'Every task of this lab has passed' })).toBeVisible();
});
