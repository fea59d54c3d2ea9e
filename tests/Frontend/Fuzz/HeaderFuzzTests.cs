using System.Text;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Rewriting;
using Postfleet.Frontend.Tests.Recipients;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Frontend.Tests.Fuzz;

/// <summary>
/// For any message: only addresses change. Rewriting to an address of the same length changes octets within addresses alone, and the body
/// stays.
/// </summary>
public sealed class HeaderFuzzTests(ITestOutputHelper output)
{
    private static readonly string[] Words =
    [
        "From:", "To: ", "Cc :", "Reply-To:", "Resent-From:", "Subject:", "\r\n", "\r\n ", "\n", "\r\n\r\n", ",", ";", ":", "<", ">", "(",
        ")",
        "\"", "\\", "@", "[", "]", "a@old.test", "b@old.test", "x@y.test", "<a@old.test>", "\u00e4", "=?utf-8?q?a@old.test?=", " ", "\t",
        "\0",
    ];

    private static readonly HeaderRewriter Rewriter = new(
        new AddressRewriter(Tables.Of("@old.test @new.test"), new RewritingOptions()), []);

    [Fact]
    public async Task Only_addresses_change()
    {
        var fuzzer = new Fuzzer(Path.Combine(AppContext.BaseDirectory, "Fuzz", "Corpus", "Headers"), Words);
        await fuzzer.RunAsync(Fuzzer.Time(TimeSpan.FromSeconds(1)), input => Task.FromResult(Run(input)));
        output.WriteLine($"seed {fuzzer.Seed}: {fuzzer.Runs} messages, {fuzzer.Kept} kept");
    }

    private static string Run(byte[] input)
    {
        var changed = Rewriter.Apply(new Core.Mail.MessageContent(input), out _).ToMemory().Span;
        // A root dot, or a dot or letters of Unicode, are not part of the replacement.
        if (input.Length != changed.Length)
        {
            var text = Encoding.Latin1.GetString(input);
            Assert.True(text.Contains("test.", StringComparison.OrdinalIgnoreCase) || !Ascii.IsValid(input));
            return "shorter";
        }

        var changes = 0;
        for (var i = 0; i < input.Length; i++)
        {
            if (input[i] == changed[i]) continue;
            // The change is the word new in place of old, in any case, between "@" and ".test".
            var start = changed[..i].LastIndexOf((byte)'@') + 1;
            Assert.Equal("new.test", Encoding.Latin1.GetString(changed.Slice(start, 8)));
            Assert.Equal("old.test", Encoding.Latin1.GetString(input.AsSpan(start, 8)), ignoreCase: true);
            changes++;
            i = start + 7;
        }

        var body = input.AsSpan().IndexOf("\r\n\r\n"u8);
        if (body >= 0 && input.AsSpan()[..body].IndexOf("\n\n"u8) < 0)
            Assert.True(input.AsSpan()[(body + 4)..].SequenceEqual(changed[(body + 4)..]));
        return $"{Math.Min(changes, 5)} {input.AsSpan().Count("old.test"u8) - changes > 0}";
    }
}
