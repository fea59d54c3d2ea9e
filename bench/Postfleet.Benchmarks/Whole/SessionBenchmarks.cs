using System.Net;
using System.Text;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Authentication.Sasl;
using Postfleet.Benchmarks.Fixtures;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Users;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Core.Users;
using Postfleet.Frontend.Authentication;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Session;

namespace Postfleet.Benchmarks.Whole;

/// <summary>
/// A whole session over pipes in memory, with a spool without effect: the cost and the allocations of the acceptance of a 4 KiB message
/// without socket and storage. The client is included and allocates almost nothing.
/// </summary>
public class SessionBenchmarks
{
    private readonly SessionServices _services = Services();
    private readonly SessionProfile _profile;
    private readonly SessionProfile _submission;
    private readonly byte[] _hello = [.. "EHLO client.example.org\r\n"u8];
    private readonly byte[] _envelope = [.. "MAIL FROM:<from@source.test>\r\nRCPT TO:<someone@example.com>\r\nDATA\r\n"u8];
    private readonly byte[] _content = [.. Mail.Content(4096), .. ".\r\n"u8];
    private readonly byte[] _authentication =
        [.. "AUTH PLAIN "u8, .. Encoding.ASCII.GetBytes(Convert.ToBase64String("\0user\0secret"u8)), .. "\r\n"u8];

    private readonly byte[] _quit = [.. "QUIT\r\n"u8];

    public SessionBenchmarks()
    {
        _profile = _services.ProfileOf(new ListenerOptions());
        _submission = _services.ProfileOf(new ListenerOptions { Service = ListenerOptions.Submission });
    }

    [Benchmark]
    public Task OneMessageAConnection() => ConnectAsync(_profile, 1);

    [Benchmark(OperationsPerInvoke = 100)]
    public Task HundredMessagesAConnection() => ConnectAsync(_profile, 100);

    /// <summary>The password's hash is in the cache of the last minute.</summary>
    [Benchmark]
    public Task OneSubmissionAConnection() => ConnectAsync(_submission, 1);

    [Benchmark(OperationsPerInvoke = 100)]
    public Task HundredSubmissionsAConnection() => ConnectAsync(_submission, 100);

    private async Task ConnectAsync(SessionProfile profile, int messages)
    {
        var wire = new Wire();
        await using var session = new SmtpSession("1", wire.There, IPAddress.Loopback, _services, profile);
        var running = session.RunAsync(CancellationToken.None);
        await wire.AskAsync(ReadOnlyMemory<byte>.Empty, 1);
        await wire.AskAsync(_hello, 1);
        if (profile == _submission) await wire.AskAsync(_authentication, 1);
        for (var i = 0; i < messages; i++)
        {
            await wire.AskAsync(_envelope, 3);
            await wire.AskAsync(_content, 1);
        }

        await wire.AskAsync(_quit, 1);
        await running;
    }

    private static SessionServices Services()
    {
        var limits = new SmtpOptions { GreetingDelay = TimeSpan.Zero };
        var time = TimeProvider.System;
        var own = new ServerReplies("mx.example.org");
        return new SessionServices(
            own, limits, new RelayPolicy(new RelayOptions(), [new RouteRule(DomainPattern.Parse("*"), TargetKind.Mx)], own.Postmaster, []),
            new NoSubmission(),
            new BodyMemory(limits.MaxBodyMemory.Bytes, limits.MaxMessageSize.Bytes), time,
            NullLogger.Instance, new LogBudget(time, 50))
        {
            ForSubmission = Submission(own, time),
        };
    }

    private static SubmissionServices Submission(ServerReplies own, TimeProvider time)
    {
        var auth = new AuthOptions { PlaintextNetworks = [IPNetwork.Parse("127.0.0.0/8")] };
        var sasl = new UserSasl(new OneUser(), new SaslOffer(auth, own.Hostname), new GuessGuard(time), null, time);
        return new SubmissionServices(sasl, () => sasl, auth, new SubmissionOptions());
    }

    private sealed class OneUser : IUserDirectory
    {
        private readonly MailUser _user = new("user")
        {
            Scram256 = ScramHash.Create("secret", new byte[16]),
            Addresses = [AddressPattern.TryParse("*", out var any) ? any : throw new FormatException()],
        };

        public long Version => 1;

        public ReadOnlyMemory<byte> SaltKey => new byte[32];

        public ValueTask<MailUser?> FindAsync(string name, CancellationToken cancellationToken) => new(_user);
    }

    /// <summary>Accepts every message at once and stores no message.</summary>
    private sealed class NoSubmission : ISubmission
    {
        public ValueTask WaitForCapacityAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<StoreResult> SubmitAsync(Submission submission, CancellationToken cancellationToken) => new(StoreResult.Stored);
    }
}
