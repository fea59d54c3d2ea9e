using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Session;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>What a message costs in memory that is allocated. Everything runs inline on one thread, so that it can be counted.</summary>
public sealed class AllocationTests(ITestOutputHelper output)
{
    private const int Messages = 300;

    // Measured before there were checks, with the fake spool and the client of these tests.
    private const long Most = 6_264;

    private static readonly SmtpOptions Limits = new()
    {
        GreetingDelay = TimeSpan.Zero,
        MaxMessagesPerConnection = int.MaxValue,
        MaxCommands = int.MaxValue,
    };

    [Fact]
    public async Task A_message_costs_no_more_than_it_did_before_there_were_checks()
    {
        var octets = await LeastAsync(new SessionChecks());
        output.WriteLine($"{octets} octets a message");
        Assert.InRange(octets, 1, Most);
    }

    [Fact]
    public async Task Checks_that_know_their_verdicts_at_once_change_nothing_of_it()
    {
        var check = new FixedCheck();
        var octets = await LeastAsync(
            new SessionChecks { Connect = [check], Hello = [check], Mail = [check], Recipient = [check], Data = [check] });
        Assert.InRange(octets, 1, Most);
    }

    [Fact]
    public void A_verdict_that_is_known_at_once_allocates_nothing()
    {
        var world = new World();
        var session = new SessionMachine(world.Services.Server, world.Profile, world.Services.Relay, World.Trusted, world.Memory);
        var subject = new RecipientSubject(session, Mailbox.Parse("b@hosted.example"), DsnRequest.None, IsPostmaster: false);
        var check = new FixedCheck();
        var list = CheckList.For<RecipientSubject>(world.Profile.Listener, [new RelayCheck(world.Services.Relay), check, check]);
        Assert.Equal(VerdictKind.Accept, list.Run(subject).Verdict.Kind);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Messages; i++) list.Run(subject);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    // The first messages of a process cost more, until the compiler has optimised the code, which takes a busy machine long.
    private static async Task<long> LeastAsync(SessionChecks checks)
    {
        var least = long.MaxValue;
        for (var i = 0; i < 6 || (i < 300 && least > Most); i++) least = Math.Min(least, await MeasureAsync(checks));
        return least;
    }

    // Without a synchronisation context, which would have other threads go on.
    private static Task<long> MeasureAsync(SessionChecks checks) => Task.Run(async () =>
    {
        var world = new World(Limits, checks: checks);
        await using var client = new MemoryClient(world, replyBuffer: 0);
        await client.SendAsync("EHLO c\r\n");
        var (thread, before) = (Environment.CurrentManagedThreadId, GC.GetAllocatedBytesForCurrentThread());
        for (var i = 0; i < Messages; i++)
        {
            await client.SendAsync("MAIL FROM:<a@x.test>\r\nRCPT TO:<b@hosted.example>\r\nDATA\r\n");
            await client.SendAsync("hello\r\n.\r\n");
        }

        var spent = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(thread, Environment.CurrentManagedThreadId);
        Assert.Equal(Messages, world.Spool.Stored.Count);
        return spent / Messages;
    });

    private sealed class FixedCheck : ISessionCheck<ConnectSubject>, ISessionCheck<HelloSubject>, ISessionCheck<MailSubject>,
        ISessionCheck<RecipientSubject>, ISessionCheck<DataSubject>
    {
        public string Name => "fixed";

        public Verdict? Judge(ConnectSubject subject) => Verdict.Accept;

        public Verdict? Judge(HelloSubject subject) => Verdict.Accept;

        public Verdict? Judge(MailSubject subject) => Verdict.Accept;

        public Verdict? Judge(RecipientSubject subject) => Verdict.Accept;

        public Verdict? Judge(DataSubject subject) => Verdict.Accept;
    }
}
