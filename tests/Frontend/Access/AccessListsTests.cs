using System.Net;
using System.Text;
using Postfleet.Core;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Access;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Frontend.Tests.Access;

/// <summary>The files of access lists, and which entry decides.</summary>
public sealed class AccessListsTests : IDisposable
{
    private const string Networks = "; allowed: an address, or a network in CIDR form without host bits";

    private const string Senders = "; allowed: an address, local@, a domain, *.suffix, *, or <> for the null sender";

    private readonly TempFolder _folder = new("access");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("deny client 192.0.2.7", true)]
    [InlineData("deny client 192.0.2.0/24", true)]
    [InlineData("deny client 192.0.2.8", false)]
    [InlineData("deny client 2001:db8::/32", false)]
    [InlineData("deny helo mail.X.test", true)]
    [InlineData("deny helo *.x.test", true)]
    [InlineData("deny helo x.test", false)]
    [InlineData("deny helo *.mail.x.test", false)]
    [InlineData("deny helo m*l.x.*", true)]
    [InlineData("deny helo *dyn*", false)]
    [InlineData("deny sender A@x.test", true)]
    [InlineData("deny sender a@", true)]
    [InlineData("deny sender X.test", true)]
    [InlineData("deny sender *.test", true)]
    [InlineData("deny sender *.x.test", false)]
    [InlineData("deny sender *", true)]
    [InlineData("deny sender <>", false)]
    [InlineData("deny sender b@y.test", false)]
    [InlineData("deny recipient b@y.test", true)]
    [InlineData("deny recipient y.test", true)]
    [InlineData("deny recipient x.test", false)]
    public void Entry_applies_to_what_it_names(string line, bool applies)
    {
        var entry = Find(Read(line));
        Assert.Equal(applies, entry is not null);
        Assert.Equal(applies, Find(Read($"deny {line.Split(' ')[1]} {Other(line)}\n{line}")) is not null);
    }

    [Theory]
    [InlineData("b@y.test", "\"b\"@y.test")]
    [InlineData("b@y.test", "\"\\B\"@y.test")]
    [InlineData("\"b\"@y.test", "b@y.test")]
    [InlineData("b@", "\"b\"@y.test")]
    [InlineData("\"\\b\"@", "b@y.test")]
    public void Quotes_of_an_address_make_no_difference(string entry, string address)
    {
        var mailbox = Mailbox.Parse(address);
        Assert.NotNull(Read($"deny recipient {entry}").Find(IPAddress.Loopback, "c", null, mailbox, out _));
        Assert.NotNull(Read($"deny sender {entry}").Find(IPAddress.Loopback, "c", mailbox, Mailbox.Parse("c@z.test"), out _));
    }

    [Fact]
    public void The_null_sender_matches_its_own_entry_and_that_of_all()
    {
        Assert.NotNull(Read("deny sender <>").Find(IPAddress.Loopback, "c", null, Mailbox.Parse("b@y.test"), out _));
        Assert.NotNull(Read("deny sender *").Find(IPAddress.Loopback, "c", null, Mailbox.Parse("b@y.test"), out _));
        Assert.Null(Read("deny sender *.test").Find(IPAddress.Loopback, "c", null, Mailbox.Parse("b@y.test"), out _));
    }

    [Theory]
    [InlineData("allow client 192.0.2.7\ndeny sender x.test", true, 1)]
    [InlineData("deny sender x.test\nallow client 192.0.2.7", false, 1)]
    [InlineData("# comment\n\n\tdeny\thelo *.test\nallow recipient b@y.test", false, 3)]
    [InlineData("deny client 192.0.2.9\nallow client 192.0.2.0/24\ndeny client 192.0.2.7\ndeny recipient y.test", true, 2)]
    [InlineData("allow sender *.test\nallow sender a@x.test", true, 1)]
    public void The_first_entry_that_applies_decides(string lines, bool isAllow, int line)
    {
        var entry = Find(Read(lines));
        Assert.Equal((isAllow, line), (entry!.IsAllow, entry.Line));
    }

    [Fact]
    public void Files_have_the_order_of_their_list()
    {
        File.WriteAllText(_folder["one"], "allow sender a@x.test\n");
        File.WriteAllText(_folder["two"], "deny sender x.test\n");
        Assert.True(Find(AccessLists.Read([_folder["one"], _folder["two"]], path => path))!.IsAllow);
        Assert.False(Find(AccessLists.Read([_folder["two"], _folder["one"]], path => path))!.IsAllow);
    }

    [Theory]
    [InlineData("deny name *.dyn.test", true)]
    [InlineData("deny client 192.0.2.7\ndeny name *.dyn.test", false)]
    [InlineData("deny name *.dyn.test\ndeny client 192.0.2.7", true)]
    [InlineData("deny helo *.test", false)]
    public void The_name_in_the_dns_is_needed_where_it_may_decide(string lines, bool isNeeded)
    {
        Read(lines).Find(IPAddress.Parse("192.0.2.7"), "c", null, Mailbox.Parse("b@y.test"), out var needsName);
        Assert.Equal(isNeeded, needsName);
    }

    [Theory]
    [InlineData("deny client 192.0.2.7 Go away, see http://x.test", "550 5.7.1 Go away, see http://x.test\r\n")]
    [InlineData("deny client 192.0.2.7", "550 5.7.1 Access denied\r\n")]
    public void Text_of_an_entry_is_the_text_of_the_reply(string line, string reply) =>
        Assert.Equal(reply, Encoding.ASCII.GetString(Find(Read(line))!.Verdict.Reply.Span));

    [Theory]
    [InlineData("refuse client 192.0.2.7", "'refuse' is no action; allowed: allow, deny")]
    [InlineData("deny", "'' is no subject; allowed: client, name, helo, sender, recipient")]
    [InlineData("deny ip 192.0.2.7", "'ip' is no subject; allowed: client, name, helo, sender, recipient")]
    [InlineData("deny client 192.0.2.7/24", "'192.0.2.7/24' is no value of client" + Networks)]
    [InlineData("deny client 192.0.2", "'192.0.2' is no value of client" + Networks)]
    [InlineData("deny client fe80::1%1", "'fe80::1%1' is no value of client" + Networks)]
    [InlineData("deny client", "'' is no value of client" + Networks)]
    [InlineData("deny helo a,b", "'a,b' is no value of helo; allowed: a name, *.suffix, or a pattern in which * stands for any text")]
    [InlineData("deny sender a..b@x.test", "'a..b@x.test' is no value of sender" + Senders)]
    [InlineData("deny recipient <>", "'<>' is no value of recipient; allowed: an address, local@, a domain, *.suffix or *")]
    [InlineData("deny recipient *@x.test y\u0007", "the text 'y?' cannot be sent; allowed: 200 characters of printable ASCII")]
    [InlineData("allow client 192.0.2.7 text", "'text' stands behind an allow entry; allowed: a text behind deny entries")]
    public void A_wrong_line_is_named_with_what_is_allowed(string line, string fault)
    {
        var message = Assert.Throws<StartFailureException>(() => Read($"deny sender a@x.test\n{line}")).Message;
        Assert.Equal($"Inbound:AccessFiles:0 is '{_folder["list"]}', which cannot be used: line 2: {fault}", message);
    }

    [Fact]
    public void Sizes_are_bounded()
    {
        Assert.Contains("more than 500 patterns", FaultOf(Many(501, i => $"deny helo a{i}*")), StringComparison.Ordinal);
        Assert.Contains("more than 500000 entries", FaultOf(Many(500_001, i => $"deny sender {i}.test")), StringComparison.Ordinal);
        Assert.Contains("more than 1000 characters", FaultOf("deny sender " + new string('a', 1000)), StringComparison.Ordinal);
        Assert.Contains("more than 32 MiB", FaultOf(new string('#', (32 << 20) + 1)), StringComparison.Ordinal);
        Assert.Contains("'aaa", FaultOf(new string('a', 900)), StringComparison.Ordinal);
        Assert.InRange(FaultOf(new string('a', 900)).Length, 1, 400);
    }

    [Fact]
    public void A_look_up_allocates_nothing()
    {
        var lists = Read(
            "deny client 192.0.2.8\ndeny client 10.0.0.0/8\ndeny helo *.dyn.test\ndeny helo *dsl*\ndeny sender b@\ndeny sender *.z.test\n"
            + "deny sender c@x.test\ndeny recipient z.test\nallow recipient b@y.test");
        Assert.NotNull(Find(lists));
        var (client, sender, recipient) = (IPAddress.Parse("192.0.2.7"), Mailbox.Parse("a@x.test"), Mailbox.Parse("b@y.test"));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) lists.Find(client, "mail.x.test", sender, recipient, out _);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static string Other(string line) => line.Split(' ')[1] switch
    {
        "client" => "198.51.100.1",
        "helo" => "other.example",
        _ => "other@other.example",
    };

    private static string Many(int count, Func<int, string> line) => string.Join('\n', Enumerable.Range(0, count).Select(line));

    private static AccessEntry? Find(AccessLists lists) =>
        lists.Find(IPAddress.Parse("192.0.2.7"), "mail.x.test", Mailbox.Parse("a@x.test"), Mailbox.Parse("B@y.test"), out _);

    private string FaultOf(string text) => Assert.Throws<StartFailureException>(() => Read(text)).Message;

    private AccessLists Read(string text)
    {
        File.WriteAllText(_folder["list"], text);
        return AccessLists.Read([_folder["list"]], path => path);
    }
}
