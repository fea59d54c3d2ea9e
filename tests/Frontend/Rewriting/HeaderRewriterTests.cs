using System.Text;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Rewriting;
using Postfleet.Frontend.Tests.Recipients;
using Xunit;

namespace Postfleet.Frontend.Tests.Rewriting;

public sealed class HeaderRewriterTests
{
    private const string Trace = "From: check@old.test\r\nReceived: from a@old.test\r\n\tby mx\r\n";

    private const string Message =
        "From: \"a@old.test\" <A@Old.test>\r\nTO : b@old.test (b@old.test),\r\n\tc@x.test\r\nX-To: a@old.test\r\n"
        + "Reply-To:a@host.mask.test\r\nCc: root@host.mask.test, x@mask.test, y@unmask.test\r\n\r\nFrom: a@old.test\r\n";

    private static readonly RewritingOptions Rules = new()
    {
        Masquerade = ["mask.test"],
        MasqueradeExceptions = ["root"],
    };

    [Fact]
    public void Addresses_of_senders_and_recipients_change_and_nothing_else() => Assert.Equal(
        Trace + "From: \"a@old.test\" <ann@new.test>\r\nTO : b@new.test (b@old.test),\r\n\tc@x.test\r\nX-To: a@old.test\r\n"
        + "Reply-To:a@mask.test\r\nCc: root@host.mask.test, x@mask.test, y@unmask.test\r\n\r\nFrom: a@old.test\r\n",
        Apply(Trace + Message, Rules, "a@old.test ann@new.test\n@old.test @new.test"));

    [Theory]
    [InlineData(RewritingScope.Senders, "From: z@y.test\r\nTo: a@x.test\r\n\r\n")]
    [InlineData(RewritingScope.Recipients, "From: a@x.test\r\nTo: z@y.test\r\n\r\n")]
    public void The_scope_chooses_the_fields(RewritingScope scope, string expected) => Assert.Equal(
        expected, Apply("From: a@x.test\r\nTo: a@x.test\r\n\r\n", new RewritingOptions { Scope = scope }, "a@x.test z@y.test"));

    [Fact]
    public void Fields_are_added_replaced_and_removed()
    {
        var rules = new RewritingOptions
        {
            Headers =
            [
                new() { Name = "X-A", Action = HeaderAction.Add, Value = "1" },
                new() { Name = "X-B", Action = HeaderAction.Default, Value = "2" },
                new() { Name = "X-C", Action = HeaderAction.Default, Value = "3" },
                new() { Name = "X-D", Action = HeaderAction.Set, Value = "4" },
                new() { Name = "X-E", Action = HeaderAction.Remove },
            ],
        };
        Assert.Equal(
            Trace + "X-A: 1\r\nX-C: 3\r\nX-D: 4\r\nx-a: old\r\nX-B: old\r\nSubject: x\r\n\r\nX-E: body\r\n",
            Apply(
                Trace + "x-a: old\r\nX-B: old\r\nX-d: old\r\n folded\r\nx-E : old\r\nSubject: x\r\nX-D: again\r\n\r\nX-E: body\r\n",
                rules));
    }

    [Fact]
    public void Nothing_is_copied_without_a_change()
    {
        var content = new MessageContent(Encoding.ASCII.GetBytes("From: a@x.test\r\n\r\n"));
        Assert.Same(content, Make(Rules, "@old.test @new.test").Apply(content, out _));
        Assert.Same(content, Make(new RewritingOptions()).Apply(content, out _));
    }

    [Fact]
    public void A_header_beyond_the_bounds_stays()
    {
        var content = $"From: a@old.test\r\nTo: {string.Join(",", Enumerable.Repeat("a@old.test", 7_000))}\r\n\r\n";
        Assert.Equal(content.Replace("From: a@old", "From: a@new"), Apply(content, Rules, "@old.test @new.test"));
        content = string.Concat(Enumerable.Repeat("From: a@old.test\r\n", 10_001)) + "\r\n";
        Assert.Equal(content, Apply(content, Rules, "@old.test @new.test"));
    }

    private static HeaderRewriter Make(RewritingOptions rules, string? entries = null) =>
        new(new AddressRewriter(entries is null ? null : Tables.Of(entries), rules), rules.Headers);

    private static string Apply(string content, RewritingOptions rules, string? entries = null)
    {
        var result = Make(rules, entries).Apply(new MessageContent(Encoding.UTF8.GetBytes(content)), out _);
        return Encoding.UTF8.GetString(result.ToMemory().Span);
    }
}
