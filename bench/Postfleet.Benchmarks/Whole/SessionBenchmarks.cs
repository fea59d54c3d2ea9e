using System.Net;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Benchmarks.Fixtures;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
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
    private readonly byte[] _hello = [.. "EHLO client.example.org\r\n"u8];
    private readonly byte[] _envelope = [.. "MAIL FROM:<from@source.test>\r\nRCPT TO:<someone@example.com>\r\nDATA\r\n"u8];
    private readonly byte[] _content = [.. Mail.Content(4096), .. ".\r\n"u8];
    private readonly byte[] _quit = [.. "QUIT\r\n"u8];

    public SessionBenchmarks() => _profile = _services.ProfileOf(new ListenerOptions());

    [Benchmark]
    public Task OneMessageAConnection() => ConnectAsync(1);

    [Benchmark(OperationsPerInvoke = 100)]
    public Task HundredMessagesAConnection() => ConnectAsync(100);

    private async Task ConnectAsync(int messages)
    {
        var wire = new Wire();
        await using var session = new SmtpSession("1", wire.There, IPAddress.Loopback, _services, _profile);
        var running = session.RunAsync(CancellationToken.None);
        await wire.AskAsync(ReadOnlyMemory<byte>.Empty, 1);
        await wire.AskAsync(_hello, 1);
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
            NullLogger.Instance, new LogBudget(time, 50));
    }

    /// <summary>Accepts every message at once and stores no message.</summary>
    private sealed class NoSubmission : ISubmission
    {
        public ValueTask WaitForCapacityAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<StoreResult> SubmitAsync(Submission submission, CancellationToken cancellationToken) => new(StoreResult.Stored);
    }
}
