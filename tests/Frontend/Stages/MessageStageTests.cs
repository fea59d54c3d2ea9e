using System.Text;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Core.Units;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Session;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Stages;

/// <summary>The message stage: what its checks change is what is stored and acknowledged.</summary>
public sealed class MessageStageTests
{
    private const string Message = Dialogue.UpToData + "C: Subject: x\nC: \nC: hi\nC: .\n";
    private const string Accepted = Message + "S: 250 2.0.0 Ok: queued as *\n";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_check_sees_the_changes_of_the_checks_before_it_and_the_result_is_stored(bool asks)
    {
        foreach (var world in await ReplayAsync(
            Accepted + Dialogue.NextTransaction.TrimStart(), asks, subject => Append(subject, "one\r\n"),
            subject => Append(subject, $"{subject.Content.Length}\r\n")))
        {
            var stored = Assert.Single(world.Submission.Stored);
            var content = World.ContentOf(stored);
            Assert.EndsWith($"Subject: x\r\n\r\nhi\r\none\r\n{content.LastIndexOf("one", StringComparison.Ordinal) + 5}\r\n", content,
                StringComparison.Ordinal);
            Assert.Equal(content.Length, stored.Envelope.Size);
        }
    }

    [Fact]
    public async Task Sender_and_recipients_are_those_of_the_last_change()
    {
        var reports = new DsnRequest(NotifyOn.Never, "rfc822;d@y.test");
        foreach (var world in await ReplayAsync(
            Accepted, true,
            _ => new MessageChange { Sender = new ChangedSender(Mailbox.Parse("other@x.test")), Recipients = Recipients("c@y.test") },
            subject => new MessageChange
            {
                Recipients = [.. subject.Recipients, .. subject.Recipients, new MessageRecipient(Mailbox.Parse("d@y.test"), reports)],
            }))
        {
            var stored = Assert.Single(world.Submission.Stored);
            Assert.Equal("other@x.test", stored.Envelope.ReversePath!.Address);
            Assert.Equal(["c@y.test", "d@y.test"], stored.Recipients.Select(recipient => recipient.Address));
            Assert.Equal(reports, Assert.Single(stored.Requests).Value);
            Assert.Equal("other@x.test", Assert.Single(world.Log.Of("accepted")).Fields["From"]);
        }
    }

    [Fact]
    public async Task The_reverse_path_may_become_null()
    {
        foreach (var world in await ReplayAsync(Accepted, false, _ => new MessageChange { Sender = new ChangedSender(null) }))
            Assert.Null(Assert.Single(world.Submission.Stored).Envelope.ReversePath);
    }

    [Fact]
    public async Task A_message_without_recipients_is_discarded_and_logged()
    {
        foreach (var world in await ReplayAsync(Accepted, true, _ => new MessageChange { Recipients = [] }))
        {
            Assert.Empty(world.Submission.Stored);
            var line = Assert.Single(world.Log.Of("discarded"));
            Assert.Equal("b@y.test", line.Fields["Recipients"]);
            Assert.Equal("changing", line.Fields["Check"]);
        }
    }

    [Fact]
    public async Task Octets_above_127_that_a_check_adds_are_noticed()
    {
        foreach (var world in await ReplayAsync(Accepted, false, subject => Append(subject, "\u00e4\r\n")))
            Assert.True(Assert.Single(world.Submission.Stored).Envelope.HasEightBitContent);
    }

    [Fact]
    public async Task More_recipients_than_a_message_may_have_defer_it()
    {
        var many = Recipients([.. Enumerable.Range(0, World.NoDelay.MaxRecipients + 1).Select(i => $"r{i}@y.test")]);
        foreach (var world in await ReplayAsync(
            Message + "S: 452 4.5.3 Too many recipients\n", false, _ => new MessageChange { Recipients = many }))
            Assert.Empty(world.Submission.Stored);
    }

    [Fact]
    public async Task Memory_of_changes_is_bounded_and_returned_with_the_transaction()
    {
        var (size, memories) = (World.NoDelay.MaxMessageSize.Bytes, new List<IMessageMemory>());
        var limits = World.NoDelay with { MaxBodyMemory = new ByteSize(3 * size) };
        foreach (var world in await ReplayAsync(
            Accepted + Dialogue.NextTransaction.TrimStart(), true, limits, subject =>
            {
                Assert.True(subject.Memory.TryReserve(size));
                Assert.False(subject.Memory.TryReserve(size + FrontendLimits.ReadAhead));
                memories.Add(subject.Memory);
                return null;
            }))
            Assert.Equal(2 * size, world.Memory.Free);
        Assert.All(memories, memory => Assert.False(memory.TryReserve(1)));
    }

    private static MessageChange Append(MessageSubject subject, string text)
    {
        var pieces = new ContentPieces();
        pieces.Add(subject.Content.Octets);
        pieces.Add(Encoding.Latin1.GetBytes(text));
        return new MessageChange { Content = pieces.Build() };
    }

    private static IReadOnlyList<MessageRecipient> Recipients(params string[] addresses) =>
        [.. addresses.Select(address => new MessageRecipient(Mailbox.Parse(address), DsnRequest.None))];

    private static Task<IReadOnlyList<World>> ReplayAsync(
        string transcript, bool asks, params Func<MessageSubject, MessageChange?>[] rules) =>
        ReplayAsync(transcript, asks, World.NoDelay, rules);

    private static Task<IReadOnlyList<World>> ReplayAsync(
        string transcript, bool asks, Options.SmtpOptions limits, params Func<MessageSubject, MessageChange?>[] rules) =>
        Dialogue.ReplayAsync(transcript, () => new World(
            limits, checks: new SessionChecks { Message = [.. rules.Select(rule => new Changing(rule, asks))] }));

    private sealed class Changing(Func<MessageSubject, MessageChange?> rule, bool asks) : ISessionCheck<MessageSubject>
    {
        public string Name => "changing";

        public Verdict? Judge(MessageSubject subject) => asks ? null : Verdict(subject);

        public async ValueTask<Verdict> AskAsync(MessageSubject subject, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return Verdict(subject);
        }

        private Verdict Verdict(MessageSubject subject) => rule(subject) is { } change
            ? Contracts.Receiving.Verdict.AcceptChanged(change) : Contracts.Receiving.Verdict.Accept;
    }
}
