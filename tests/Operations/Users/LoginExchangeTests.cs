using System.Net;
using Akka.Actor;
using Akka.TestKit.Xunit2;
using Postfleet.Contracts.Users;
using Postfleet.Operations.Messages;
using Postfleet.Operations.Users;
using Xunit;

namespace Postfleet.Operations.Tests.Users;

/// <summary>The exchange of log-ins between nodes.</summary>
public sealed class LoginExchangeTests : TestKit
{
    private static readonly IPAddress Network = IPAddress.Parse("192.0.2.0");

    private readonly LoginReports _reports = new();

    [Fact]
    public void Log_ins_go_to_all_other_nodes_in_order()
    {
        var (first, second) = (CreateTestProbe(), CreateTestProbe());
        Start(first.Ref, second.Ref);
        _reports.Add(Report(1, isSuccess: false));
        _reports.Add(Report(1, isSuccess: true));
        foreach (var node in new[] { first, second })
        {
            var got = new List<LoginReport>();
            while (got.Count < 2) got.AddRange(node.ExpectMsg<LoginBatch>().Reports);
            Assert.Equal([Report(1, isSuccess: false), Report(1, isSuccess: true)], got);
        }
    }

    [Fact]
    public void Batches_are_bounded_and_reports_over_the_capacity_are_dropped()
    {
        for (var i = 0; i < LoginReports.Capacity + 100; i++) _reports.Add(Report(i, isSuccess: false));
        var node = CreateTestProbe();
        Start(node.Ref);
        var received = 0;
        while (received < LoginReports.Capacity)
        {
            var batch = node.ExpectMsg<LoginBatch>();
            Assert.InRange(batch.Reports.Count, 1, LoginBatch.MaxReports);
            received += batch.Reports.Count;
        }

        _reports.Add(Report(7, isSuccess: true));
        Assert.Equal([Report(7, isSuccess: true)], node.ExpectMsg<LoginBatch>().Reports);
    }

    [Fact]
    public void Log_ins_of_other_nodes_reach_the_listeners_of_this_node()
    {
        var exchange = Start();
        // Before the listeners have started.
        EventFilter.Exception<Exception>().Expect(0, () =>
        {
            exchange.Tell(new LoginBatch([Report(1, isSuccess: false)]));
            exchange.Tell(new Identify(1), TestActor);
            ExpectMsg<ActorIdentity>();
        });
        _reports.SetReceiver(report => TestActor.Tell(new LoginBatch([report])));
        exchange.Tell(new LoginBatch([Report(2, isSuccess: false), Report(3, isSuccess: true)]));
        Assert.Equal([Report(2, isSuccess: false)], ExpectMsg<LoginBatch>().Reports);
        Assert.Equal([Report(3, isSuccess: true)], ExpectMsg<LoginBatch>().Reports);
    }

    private static LoginReport Report(int name, bool isSuccess) => new((UInt128)name, true, Network, isSuccess);

    private IActorRef Start(params IActorRef[] others) => Sys.ActorOf(Props.Create(() => new LoginExchange(_reports, () => others)));
}
