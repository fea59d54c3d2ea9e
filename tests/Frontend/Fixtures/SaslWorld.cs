using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Authentication.Sasl;
using Postfleet.Contracts.Budgets;
using Postfleet.Core.Queueing;
using Postfleet.Core.Users;
using Postfleet.Frontend.Authentication;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Rewriting;
using Postfleet.Frontend.Session;
using Xunit;

namespace Postfleet.Frontend.Tests.Fixtures;

/// <summary>A submission listener whose clients on loopback may authenticate without TLS, with some users.</summary>
internal sealed class SaslWorld
{
    private static readonly ScramVerifier Secret = ScramHash.Create("secret", new byte[16], ScramVerifier.MinIterations);

    public SaslWorld(
        AuthOptions? auth = null, SubmissionOptions? rules = null, TestCertificate? certificate = null, SmtpOptions? limits = null,
        TimeProvider? time = null, TimeSpan? maxHold = null, StreamSet? streams = null, string stream = "", IBudgets? budgets = null,
        FilterOptions[]? filters = null, Rewriter? rewriter = null)
    {
        auth ??= new AuthOptions { PlaintextNetworks = [IPNetwork.Parse("127.0.0.0/8")] };
        Users.Put(new MailUser("alice@x.test") { Scram256 = Secret });
        Users.Put(new MailUser("carol@x.test") { Scram256 = Secret, IsDisabled = true });
        time ??= new HastyTime();
        Sasl = new UserSasl(Users, new SaslOffer(auth, World.Hostname), new GuessGuard(time), null, time);
        var clock = new FakeTimeProvider(World.Noon);
        rules ??= new SubmissionOptions();
        World = new World(
            limits, time: clock, certificate: certificate, submission: new SubmissionServices(Sasl, () => Sasl, auth, rules)
            {
                Extensions = new MailExtensions(maxHold ?? TimeSpan.FromDays(2), rules.MaxPriority, clock),
                Budgets = budgets,
            }, streams: streams, stream: stream, filters: filters, rewriter: rewriter);
    }

    public FakeUsers Users { get; } = new();

    public UserSasl Sasl { get; }

    public World World { get; }

    /// <summary>The initial response of PLAIN, in Base64.</summary>
    public static string Plain(string user, string password, string authorization = "") =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes($"{authorization}\0{user}\0{password}"));

    /// <summary>A client that has authenticated as alice@x.test.</summary>
    public async Task<MemoryClient> AuthenticateAsync(string password = "secret")
    {
        var client = new MemoryClient(World);
        await client.SendAsync("EHLO c\r\n");
        while (await client.ReadLineAsync() is { } line && !line.StartsWith("250 ", StringComparison.Ordinal))
        {
        }

        await client.SendAsync($"AUTH PLAIN {Plain("alice@x.test", password)}\r\n");
        Assert.StartsWith("235 ", await client.ReadLineAsync(), StringComparison.Ordinal);
        return client;
    }

    public static Login LoginOf(string name) => new(new MailUser(name), new FakeUsers(), 0, "PLAIN", "");

    // Timers end at once, and the clock is then where they end.
    private sealed class HastyTime : TimeProvider
    {
        private long _ahead;

        public override long GetTimestamp() => base.GetTimestamp() + Volatile.Read(ref _ahead);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime > TimeSpan.Zero) Interlocked.Add(ref _ahead, (long)(dueTime.TotalSeconds * TimestampFrequency));
            return base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? TimeSpan.Zero : dueTime, Timeout.InfiniteTimeSpan);
        }
    }
}
