using System.Collections.Concurrent;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.HandOff;
using Postfleet.QueueActors.Notifications;
using Postfleet.QueueActors.Settling;
using Postfleet.Spool.Common;
using Postfleet.Testing.Fakes;
using Xunit;
using MessageEnvelope = Postfleet.Core.Mail.MessageEnvelope;

namespace Postfleet.QueueActors.Tests.Settling;

public sealed class ReportSweeperTests : TestKit
{
    private readonly FakeReports _reports = new();
    private readonly RecordingLogger _log = new();
    private readonly RecordingHandOff _handOff = new();
    private readonly VirtualTime _time;
    private readonly Reporter _reporter;
    private readonly IActorRef _sweeper;

    public ReportSweeperTests() : base(Akka.Configuration.ConfigurationFactory.ParseString(VirtualTime.Config))
    {
        _time = new VirtualTime((TestScheduler)Sys.Scheduler);
        _reporter = new Reporter(
            _reports, new MessageSubmission(new MemorySpool(), _handOff, _time),
            new Notifier(new DsnBuilder("mx.test"), new NotificationRules(_ => TimeSpan.FromDays(5))), _time, _log);
        var (reports, reporter, time, log) = (_reports, _reporter, _time, _log);
        _sweeper = Sys.ActorOf(Props.Create(() => new ReportSweeper(reports, reporter, time, log, ReportSweeper.Interval)));
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _reporter.Dispose();
    }

    [Fact]
    public async Task The_sweeper_reads_notes_older_than_the_window_page_by_page_and_reports_each_message_once()
    {
        var (first, second) = (MessageId.FromHalves(1, 1), MessageId.FromHalves(1, 2));
        _reports.Pages.Enqueue([.. Enumerable.Range(1, 500).Select(row => new DueReport(row, first))]);
        _reports.Pages.Enqueue([new DueReport(501, first), new DueReport(502, second)]);
        _reports.Pages.Enqueue([]);
        await PassAsync(ReportSweeper.Interval);
        var before = _time.GetUtcNow() - ReportSweeper.Window;
        Assert.Equal([(before, 0), (before, 500), (before, 502)],
            [await _reports.NextLookAsync(), await _reports.NextLookAsync(), await _reports.NextLookAsync()]);
        Assert.Equal([first, second], _reports.Completed);
        Assert.Equal(2, _handOff.Parts.Count);
    }

    [Fact]
    public async Task A_storage_that_fails_is_asked_again()
    {
        for (var i = 0; i < 3; i++)
        {
            await PassAsync(ReportSweeper.Interval);
            await _reports.NextLookAsync();
            AwaitAssert(() => Assert.Equal(i + 1, _log.Lines.Count(line => line.Id == 2035)));
        }
    }

    // The pause before the next query begins with the message about the end of the last query.
    private async Task PassAsync(TimeSpan time)
    {
        await VirtualTime.SyncAsync(_sweeper);
        _time.Advance(time);
        await VirtualTime.SyncAsync(_sweeper);
    }

    private sealed class FakeReports : IReportStore
    {
        private readonly System.Threading.Channels.Channel<(DateTimeOffset Before, long After)> _looks =
            System.Threading.Channels.Channel.CreateUnbounded<(DateTimeOffset, long)>();

        public ConcurrentQueue<IReadOnlyList<DueReport>> Pages { get; } = new();

        public ConcurrentQueue<MessageId> Completed { get; } = new();

        public async Task<(DateTimeOffset Before, long After)> NextLookAsync() =>
            await _looks.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

        public async ValueTask<IReadOnlyList<DueReport>> FindDueAsync(
            DateTimeOffset notedBefore, long after, int limit, CancellationToken cancellationToken)
        {
            await _looks.Writer.WriteAsync((notedBefore, after), cancellationToken);
            return Pages.TryDequeue(out var page) ? page : throw new SpoolUnavailableException("the storage is away");
        }

        public ValueTask<SpooledPart?> ReadHeadAsync(PartId part, int maxContent, CancellationToken cancellationToken) =>
            throw new NotSupportedException("the sweeper reads no part");

        public ValueTask<PendingReport?> ReadPendingAsync(MessageId message, int maxContent, CancellationToken cancellationToken) =>
            ValueTask.FromResult<PendingReport?>(
            new PendingReport(
                message, default, new MessageEnvelope { ReversePath = Mailbox.Parse("sender@example.org") },
                new MessageContent(ReadOnlyMemory<byte>.Empty),
                [
                    new NotedReport(
                        QueueKey.FromTrusted("default:a.test"), ReportCause.Attempt, default, null,
                        [new NotedOutcome([new NotedRecipient(Mailbox.Parse("user@a.test"), "")], Disposition.Failed, SuccessReport.None,
                            new SmtpReply(550, null, "no"), "")]),
                ],
                [7]));

        public ValueTask<bool> CompleteAsync(
            MessageId message, IReadOnlyList<long> rows, NewMessage? notification, CancellationToken cancellationToken)
        {
            Completed.Enqueue(message);
            return ValueTask.FromResult(true);
        }
    }
}
