using System.Buffers;
using System.Text;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Filters;
using Postfleet.Frontend.Filters.Hooks;
using Postfleet.Frontend.Filters.Protocol;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Frontend.Tests.Fuzz;

/// <summary>Any octets as the answer of a hook: a decision, a well-formed message or a failure of the hook, and nothing else.</summary>
public sealed class HookFuzzTests(ITestOutputHelper output)
{
    private const int MaxBody = 10_000;

    private static readonly MessageId Id = MessageId.New(World.Noon);

    private static readonly Core.Mail.MessageContent Message = new(Encoding.ASCII.GetBytes(
        $"Received: from c\r\n\tby mx.example.org id {Id};\r\n\tdate\r\nA: 1\r\nA: 2\r\n\tfolded\r\n\r\nhi\r\n"));

    private static readonly string[] Words =
    [
        "{\"action\":\"", "\"}", "accept", "reject", "discard", "quarantine", "\",\"response\":{", "\"status\":", "450", "550", "250",
        "\"enhancedStatus\":\"5.7.1\"", "\"message\":\"a\\nb%\"", "\"disconnect\":true", "\"modifications\":[", "{\"type\":\"", "addHeader",
        "insertHeader", "changeHeader", "deleteHeader", "changeFrom", "addRecipient", "deleteRecipient", "replaceContents",
        "\",\"name\":\"A\"", "\"value\":\"", "a@y.test", "x\\r\\nB: c", "\\u0000", "\\ud800", "\"index\":1", "4294967295",
        "\"parameters\":{",
        "\"NOTIFY\":\"NEVER\"", "null", "true", "]", "}", ",", "[[[[[[[[[[[[[[[[[", "\u00ff",
    ];

    [Fact]
    public async Task Any_answer_gives_a_decision_a_message_or_a_failure()
    {
        var fuzzer = new Fuzzer(Path.Combine(AppContext.BaseDirectory, "Fuzz", "Corpus", "Hooks"), Words);
        await fuzzer.RunAsync(Fuzzer.Time(TimeSpan.FromSeconds(2)), input => Task.FromResult(Run(input)));
        output.WriteLine($"seed {fuzzer.Seed}: {fuzzer.Runs} inputs, {fuzzer.Kept} kept");
    }

    private static string Run(byte[] input)
    {
        var memory = new Memory();
        try
        {
            var changes = new FilterChanges(memory, MaxBody);
            var answer = HookAnswer.Read(input, changes);
            Assert.InRange(memory.Reserved, 0, 20_000_000);
            var verdict = FilterVerdicts.Of(new MilterAnswer(answer.Decision, answer.Reply));
            var reply = Encoding.ASCII.GetString(verdict.Reply.Span);
            foreach (var line in reply.Split("\r\n").SkipLast(1))
                Assert.Matches(@"^[45][0-5]\d[ -][45]\.\d{1,3}\.\d{1,3} [\x20-\x7e]*$", line);
            if (answer.Decision != MilterDecision.Continue) return $"{verdict.Kind} {reply.Length == 0}";
            if (MessageEditor.ContentOf(MessageLayout.Read(Message, Id)!, changes, keepsSpace: false) is not { } content)
                return $"{answer.IsQuarantined} {changes.Sender is null} {changes.Recipients.Count}";
            var text = Encoding.Latin1.GetString(content.Octets.ToArray());
            Assert.DoesNotContain('\0', text);
            Assert.DoesNotContain('\r', text.Replace("\r\n", "", StringComparison.Ordinal));
            Assert.DoesNotContain('\n', text.Replace("\r\n", "", StringComparison.Ordinal));
            Assert.EndsWith("\r\n", text, StringComparison.Ordinal);
            var fields = MessageLayout.Read(content, Id)!.Fields.Count;
            Assert.InRange(fields, 1, 3 + changes.Headers.Count);
            return $"{fields} {changes.Body is null} {changes.Sender is null}";
        }
        catch (FilterException e)
        {
            return e.Fault == FilterFault.Malformed ? e.Message : throw new InvalidOperationException($"unexpected {e.Fault}", e);
        }
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
