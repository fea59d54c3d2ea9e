using System.Buffers;
using System.Text;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Filters;
using Postfleet.Frontend.Filters.Protocol;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Recipients;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Frontend.Tests.Recipients;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Frontend.Tests.Fuzz;

/// <summary>
/// Any octets from a filter: the dialogue ends with a verdict, a well-formed message or a failure of the filter, and nothing else.
/// </summary>
public sealed class MilterFuzzTests(ITestOutputHelper output)
{
    private const int MaxBody = 10_000;

    private static readonly MessageId Id = MessageId.New(World.Noon);

    private static readonly Core.Mail.MessageContent Message = new(Encoding.ASCII.GetBytes(
        $"X-Mark: a\r\nReceived: from c\r\n\tby mx.example.org id {Id};\r\n\tdate\r\nSubject : x\r\n"
        + "A: 1\r\nA: 2\r\n\tfolded\r\n\r\nhi\r\n"));

    private static readonly AddedRecipients Added = new(
        new RelayPolicy(
            new RelayOptions(), [new RouteRule(DomainPattern.Parse("*"), TargetKind.Mx)], Mailbox.Parse("postmaster@x.test"), []),
        Tables.Rules("a@own.test c@y.test, d@y.test"), null, 1000);

    private static readonly MilterCommand[] Commands =
    [
        MilterCommand.Connect, MilterCommand.Hello, MilterCommand.Mail, MilterCommand.Recipient, MilterCommand.Data, MilterCommand.Header,
        MilterCommand.EndOfHeader, MilterCommand.Body, MilterCommand.EndOfBody,
    ];

    private static readonly string[] Words =
    [
        Frame("c"), Frame("a"), Frame("p"), Frame("s"), Frame("d"), Frame("f"), Frame("4"), Frame("r"), Frame("t"),
        Frame("y550 5.7.1 no\0"), Frame("y450-4.7.1 a%%\r\n450 4.7.1 b\0"), Frame("y250 Ok\0"), Frame("hX\0v\0"), Frame("hX\0a\nb\n\nc\0"),
        Frame("i\0\0\0\u0001X\0v\0"), Frame("m\0\0\0\u0001A\0\0"), Frame("m\0\0\0\u0002A\0new\0"), Frame("m\u00ff\u00ff\u00ff\u00ffA\0n\0"),
        Frame("bnew\nbody\r\n"), Frame("bx\r"), Frame("b\n"), Frame("+<c@y.test>\0"), Frame("2<d@y.test>\0NOTIFY=NEVER\0"),
        Frame("-<b@y.test>\0"), Frame("e<>\0"), Frame("e<n@x.test>\0"), Frame("qwhy\0"), "\0", "\r", "\n", "\0\0\0\u0001", "X:", "\u00ff",
    ];

    [Fact]
    public async Task Any_replies_give_a_verdict_a_message_or_a_failure()
    {
        var fuzzer = new Fuzzer(Path.Combine(AppContext.BaseDirectory, "Fuzz", "Corpus", "Milter"), Words);
        await fuzzer.RunAsync(Fuzzer.Time(TimeSpan.FromSeconds(2)), input => Task.FromResult(Run(input)));
        output.WriteLine($"seed {fuzzer.Seed}: {fuzzer.Runs} inputs, {fuzzer.Kept} kept");
    }

    private static string Frame(string frame) => FakeMilter.Framed(frame);

    private static string Run(byte[] input)
    {
        var said = new ReadOnlySequence<byte>(input);
        var machine = new MilterMachine(MaxBody);
        var memory = new Memory();
        try
        {
            if (!MilterFrames.TryRead(ref said, out var first)) return "short";
            machine.Agree(first);
            var commands = new ArrayBufferWriter<byte>();
            foreach (var command in Commands)
            {
                if (!machine.Wants(command)) continue;
                var answers = machine.Begin(command, 0, name => name.Length > 3 ? null : "value", commands);
                if (command == MilterCommand.EndOfBody) machine.BeginChanges(memory);
                if (!answers) continue;
                MilterAnswer? answer = null;
                while (answer is null)
                {
                    if (!MilterFrames.TryRead(ref said, out var frame)) return $"short {command} {machine.Changes?.Headers.Count > 0}";
                    answer = machine.Receive(frame);
                }

                if (answer is { Decision: not (MilterDecision.Continue or MilterDecision.Skip) } end && command != MilterCommand.EndOfBody)
                    return $"{command} {end.Decision} {Reply(end)}";
            }

            return Apply(machine, memory);
        }
        catch (FilterException e)
        {
            return e.Fault == FilterFault.Malformed ? e.Message[..Math.Min(30, e.Message.Length)]
                : throw new InvalidOperationException($"unexpected {e.Fault}", e);
        }
    }

    private static string Apply(MilterMachine machine, Memory memory)
    {
        var layout = MessageLayout.Read(Message, Id)!;
        Assert.Equal("Received", layout.Own!.Name);
        var recipients = new[] { new MessageRecipient(Mailbox.Parse("b@y.test"), DsnRequest.None) };
        var changes = machine.Changes!;
        var edit = RecipientEditor.Apply(Added, "relay", recipients, changes.Recipients, memory);
        var changed = MessageEditor.ContentOf(layout, changes, machine.Agreement!.KeepsSpace);
        Assert.InRange(memory.Reserved, 0, 50_000_000);
        if (changed is not { } content) return $"{changes.Sender is null} {edit.Recipients.Count}";
        var text = Encoding.Latin1.GetString(content.Octets.ToArray());
        Assert.DoesNotContain('\0', text);
        Assert.DoesNotContain('\r', text.Replace("\r\n", "", StringComparison.Ordinal));
        Assert.DoesNotContain('\n', text.Replace("\r\n", "", StringComparison.Ordinal));
        Assert.Contains($" id {Id};", text, StringComparison.Ordinal);
        Assert.EndsWith("\r\n", text, StringComparison.Ordinal);
        // The header of the changed message has exactly the fields that the changes make.
        var added = machine.Changes!.Headers.Count(header => header.Value.Length > 0 || header.Kind != HeaderChangeKind.Change);
        var fields = MessageLayout.Read(content, Id)!.Fields.Count;
        Assert.InRange(fields, 2, layout.Fields.Count + added + 1);
        return $"{fields} {machine.Changes.Body is null} {changes.Sender is null} {edit.Recipients.Count}";
    }

    private static string Reply(in MilterAnswer answer)
    {
        var verdict = FilterVerdicts.Of(answer);
        var reply = Encoding.ASCII.GetString(verdict.Reply.Span);
        foreach (var line in reply.Split("\r\n").SkipLast(1)) Assert.Matches(@"^[45][0-5]\d[ -][45]\.\d{1,3}\.\d{1,3} [\x20-\x7e]*$", line);
        return $"{verdict.Kind} {reply.Length == 0}";
    }

    private sealed class Memory : IMessageMemory
    {
        public long Reserved { get; private set; }

        public bool TryReserve(long octets)
        {
            Reserved += octets;
            return true;
        }
    }
}
