using System.Text;
using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Cli.Tests;

public sealed class SendVerbTests : IAsyncLifetime
{
    private readonly FakeApi _api = new();
    private readonly TempFolder _folder = new();

    public async Task InitializeAsync()
    {
        await _api.InitializeAsync();
        _api.On("POST /api/v1/messages", """{"id":"01KB8Z3N7Q0000000000000000"}""", 202);
    }

    public async Task DisposeAsync()
    {
        _folder.Dispose();
        await _api.DisposeAsync();
    }

    [Fact]
    public async Task Message_of_parts_is_sent_and_its_id_printed()
    {
        var html = File("page.html", "<p>h\u00e9llo");
        var order = File("order.txt", "12 apples");
        var client = new Client(_api.Endpoint);

        Assert.Equal(
            0,
            await client.RunAsync(
                "send", "--from", "a@shop.test", "--to", "b@slow.test", "--to", "c@slow.test", "--subject", "Order", "--text", "hello",
                "--html", html, "--attach", order, "--header", "Reply-To: d@shop.test", "--stream", "bulk"));
        Assert.Equal("01KB8Z3N7Q0000000000000000\n", client.Output);
        AssertSent(
            """
            {"from":"a@shop.test","recipients":["b@slow.test","c@slow.test"],"stream":"bulk",
             "headers":{"Reply-To":"d@shop.test","Subject":"Order","To":"b@slow.test, c@slow.test"},
             "html":"<p>h\u00e9llo","text":"hello",
             "attachments":[{"name":"order.txt","content":"MTIgYXBwbGVz","type":"text/plain"}]}
            """);
    }

    [Fact]
    public async Task Text_comes_from_standard_input()
    {
        var client = new Client(_api.Endpoint) { Input = "hello\n" };

        Assert.Equal(0, await client.RunAsync("send", "--from", "a@shop.test", "--to", "b@slow.test", "--json"));
        Assert.Equal("{\"id\":\"01KB8Z3N7Q0000000000000000\"}\n", client.Output);
        AssertSent("""{"from":"a@shop.test","recipients":["b@slow.test"],"headers":{"To":"b@slow.test"},"text":"hello\n"}""");
    }

    [Fact]
    public async Task Time_of_sending_and_key_are_passed_on()
    {
        var client = new Client(_api.Endpoint);
        Assert.Equal(
            0,
            await client.RunAsync(
                "send", "--from", "<>", "--to", "b@slow.test", "--text", "", "--send-at", "2h", "--idempotency-key", "order-12"));
        AssertSent(
            """
            {"from":"<>","recipients":["b@slow.test"],"idempotencyKey":"order-12","sendAt":"2026-11-29T20:00:00Z",
             "headers":{"To":"b@slow.test"},"text":""}
            """);
    }

    [Fact]
    public async Task Priority_and_time_for_the_delivery_are_passed_on()
    {
        var client = new Client(_api.Endpoint);
        Assert.Equal(
            0,
            await client.RunAsync(
                "send", "--from", "<>", "--to", "b@slow.test", "--text", "", "--priority", "-4", "--deliver-by", "2h", "--when-late",
                "notify"));
        AssertSent(
            """
            {"from":"<>","recipients":["b@slow.test"],"priority":-4,"deliverBy":{"mode":"notify","seconds":7200},
             "headers":{"To":"b@slow.test"},"text":""}
            """);
        Assert.Equal(
            0,
            await client.RunAsync(
                "send", "--from", "<>", "--to", "b@slow.test", "--text", "", "--trace", "--deliver-by", "2026-12-24T18:00:00+01:00",
                "--when-late", "return"));
        AssertSent(
            """
            {"from":"<>","recipients":["b@slow.test"],"deliverBy":{"mode":"return","time":"2026-12-24T17:00:00Z","trace":true},
             "headers":{"To":"b@slow.test"},"text":""}
            """);
    }

    [Fact]
    public async Task Lowered_priority_is_told()
    {
        _api.On("POST /api/v1/messages", """{"id":"01KB8Z3N7Q0000000000000000","priority":3}""", 202);
        foreach (var (priority, error) in new[] { ("9", "postfleet: the priority is 3, the highest allowed\n"), ("3", "") })
        {
            var client = new Client(_api.Endpoint);
            Assert.Equal(0, await client.RunAsync("send", "--from", "<>", "--to", "b@slow.test", "--text", "", "--priority", priority));
            Assert.Equal(("01KB8Z3N7Q0000000000000000\n", error), (client.Output, client.Error));
        }
    }

    [Fact]
    public async Task Raw_message_comes_from_a_file_or_standard_input()
    {
        var client = new Client(_api.Endpoint) { Input = "Subject: 1\n\nx" };
        Assert.Equal(0, await client.RunAsync("send", "--from", "<>", "--to", "b@slow.test", "--raw", "-"));
        AssertSent("""{"from":"<>","recipients":["b@slow.test"],"raw":"Subject: 1\n\nx"}""");
        Assert.Equal(0, await client.RunAsync("send", "--from", "<>", "--to", "b@slow.test", "--raw", File("2.eml", "Subject: 2")));
        AssertSent("""{"from":"<>","recipients":["b@slow.test"],"raw":"Subject: 2"}""");
    }

    [Theory]
    [InlineData("--text is given beside --raw", "--raw", "-", "--text", "x")]
    [InlineData("--attach: '/nowhere/x' cannot be read", "--attach", "/nowhere/x", "--text", "")]
    [InlineData("--header is 'x'; allowed: a field", "--header", "x")]
    [InlineData("the field subject is given more than once", "--header", "Subject: x", "--header", "subject: y")]
    [InlineData("--raw: standard input is not UTF-8", "--raw", "-")]
    [InlineData("--when-late is ''; allowed: return or notify", "--text", "x", "--deliver-by", "2h")]
    [InlineData("--when-late is 'R'; allowed: return or notify", "--text", "x", "--deliver-by", "2h", "--when-late", "R")]
    [InlineData("--when-late and --trace need --deliver-by", "--text", "x", "--trace")]
    [InlineData("--deliver-by is '-1'; allowed: a duration", "--text", "x", "--deliver-by=-1", "--when-late", "return")]
    public async Task Wrong_use_sends_nothing(string message, params string[] options)
    {
        var client = new Client(_api.Endpoint) { InputOctets = [0xff] };

        Assert.Equal(2, await client.RunAsync(["send", "--from", "a@shop.test", "--to", "b@slow.test", .. options]));
        Assert.Contains(message, client.Error, StringComparison.Ordinal);
        Assert.Empty(_api.Requests);
    }

    [Fact]
    public async Task Sender_and_recipient_are_required()
    {
        var client = new Client(_api.Endpoint);
        Assert.Equal(-1, await client.RunAsync("send", "--to", "b@slow.test"));
        Assert.Equal(-1, await client.RunAsync("send", "--from", "a@shop.test"));
    }

    private string File(string name, string text)
    {
        var file = Path.Combine(_folder.FullPath, name);
        System.IO.File.WriteAllText(file, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        return file;
    }

    private void AssertSent(string json)
    {
        var sent = JsonNode.Parse(_api.Requests.Last().Body);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(json), sent), sent!.ToJsonString());
    }
}
