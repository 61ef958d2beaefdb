// Command kube is every program of a kind node and its images in one binary:
// it looks at the name it is started by (kubelet, kubeadm, kube-apiserver,
// etcd, …) and runs that component's own command. One link instead of ten, and
// the Go runtime, client-go and the API types are stored once.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	kcm "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubeadm "k8s.io/kubernetes/cmd/kubeadm/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
	"k8s.io/kubernetes/test/images/agnhost/connect"
	"k8s.io/kubernetes/test/images/agnhost/dns"
	entrypoint "k8s.io/kubernetes/test/images/agnhost/entrypoint-tester"
	grpchealthchecking "k8s.io/kubernetes/test/images/agnhost/grpc-health-checking"
	"k8s.io/kubernetes/test/images/agnhost/guestbook"
	"k8s.io/kubernetes/test/images/agnhost/inclusterclient"
	"k8s.io/kubernetes/test/images/agnhost/liveness"
	logsgen "k8s.io/kubernetes/test/images/agnhost/logs-generator"
	"k8s.io/kubernetes/test/images/agnhost/mounttest"
	agnhostnet "k8s.io/kubernetes/test/images/agnhost/net"
	"k8s.io/kubernetes/test/images/agnhost/netexec"
	"k8s.io/kubernetes/test/images/agnhost/nettest"
	nosnat "k8s.io/kubernetes/test/images/agnhost/no-snat-test"
	nosnatproxy "k8s.io/kubernetes/test/images/agnhost/no-snat-test-proxy"
	"k8s.io/kubernetes/test/images/agnhost/pause"
	portforwardtester "k8s.io/kubernetes/test/images/agnhost/port-forward-tester"
	"k8s.io/kubernetes/test/images/agnhost/porter"
	servehostname "k8s.io/kubernetes/test/images/agnhost/serve-hostname"
	tcpreset "k8s.io/kubernetes/test/images/agnhost/tcp-reset"
	testwebserver "k8s.io/kubernetes/test/images/agnhost/test-webserver"

	"podwire.example/kube/podnet"
)

var components = map[string]func() *cobra.Command{
	"agnhost":                 newAgnhostCommand,
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": kcm.NewControllerManagerCommand,
	"kube-proxy":              proxy.NewProxyCommand,
	"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	"kubectl":                 kubectl.NewDefaultKubectlCommand,
	"kubelet":                 func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) },
}

func newAgnhostCommand() *cobra.Command {
	root := &cobra.Command{Use: "agnhost"}
	root.AddCommand(
		agnhostnet.CmdNet, connect.CmdConnect, dns.CmdDNSServerList, dns.CmdDNSSuffix, dns.CmdEtcHosts,
		entrypoint.CmdEntrypointTester, grpchealthchecking.CmdGrpcHealthChecking, guestbook.CmdGuestbook,
		inclusterclient.CmdInClusterClient, liveness.CmdLiveness, logsgen.CmdLogsGenerator, mounttest.CmdMounttest,
		netexec.CmdNetexec, nettest.CmdNettest, nosnat.CmdNoSnatTest, nosnatproxy.CmdNoSnatTestProxy, pause.CmdPause,
		portforwardtester.CmdPortForwardTester, porter.CmdPorter, servehostname.CmdServeHostname,
		tcpreset.CmdTCPReset, testwebserver.CmdTestWebserver,
	)
	return root
}

func main() {
	name := filepath.Base(os.Args[0])
	switch name {
	case "etcd":
		etcdmain.Main(os.Args)
		return
	case "kubeadm":
		exitOn(kubeadm.Run())
		return
	case "podnet":
		exitOn(podnet.Run())
		return
	}
	newCommand, ok := components[name]
	if !ok {
		exitOn(fmt.Errorf("kube: no component is called %q", name))
	}
	os.Exit(cli.Run(newCommand()))
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
