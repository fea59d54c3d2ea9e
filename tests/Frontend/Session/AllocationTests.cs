using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Session;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>The memory allocated for a message. Everything runs inline on a single thread, whose allocations are counted.</summary>
public sealed class AllocationTests(ITestOutputHelper output)
{
    private const int Messages = 300;

    // Octets a message, measured before checks existed, with the fake spool and client.
    private const long MaxOctets = 6_264;

    private static readonly SmtpOptions Limits = new()
    {
        GreetingDelay = TimeSpan.Zero,
        MaxMessagesPerConnection = int.MaxValue,
        MaxCommands = int.MaxValue,
    };

    [Fact]
    public async Task A_message_without_checks_allocates_no_more_than_its_limit()
    {
        var octets = await LeastAsync(new SessionChecks());
        output.WriteLine($"{octets} octets a message");
        Assert.InRange(octets, 1, MaxOctets);
    }

    [Fact]
    public async Task Synchronous_checks_allocate_nothing_per_message()
    {
        var check = new FixedCheck();
        var octets = await LeastAsync(
            new SessionChecks { Connect = [check], Hello = [check], Mail = [check], Recipient = [check], Data = [check] });
        Assert.InRange(octets, 1, MaxOctets);
    }

    [Fact]
    public void A_synchronous_verdict_allocates_nothing()
    {
        var world = new World();
        var session = new SessionMachine(world.Profile, world.Services.Relay, World.Trusted, world.Memory);
        var subject = new RecipientSubject(session, Mailbox.Parse("b@hosted.example"), DsnRequest.None, IsPostmaster: false);
        var check = new FixedCheck();
        var list = CheckList.For<RecipientSubject>(world.Profile.Listener, [new RelayCheck(world.Services.Relay), check, check]);
        Assert.Equal(VerdictKind.Accept, list.Run(subject).Verdict.Kind);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Messages; i++) list.Run(subject);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    // The minimum, since the first messages allocate more until the code is optimised, which takes long on a busy machine.
    private static async Task<long> LeastAsync(SessionChecks checks)
    {
        var least = long.MaxValue;
        for (var i = 0; i < 6 || (i < 300 && least > MaxOctets); i++) least = Math.Min(least, await MeasureAsync(checks));
        return least;
    }

    // On the thread pool: a synchronisation context would continue on other threads.
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
        Assert.Equal(Messages, world.Submission.Stored.Count);
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
