using System.Globalization;
using Postfleet.Core.Users;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Users;

/// <summary>What a user may send, and what is added to and removed from a message (RFC 6409).</summary>
public sealed class SubmittedMessageTests
{
    internal const string Complete = "Date: Wed, 4 Mar 2026 11:00:00 +0000\r\nFrom: Alice <alice@x.test>\r\nMessage-ID: <1@x.test>\r\n";

    [Fact]
    public async Task A_complete_message_stays_as_it_is()
    {
        var world = new SaslWorld();
        Assert.StartsWith("250 ", await SendAsync(world, Complete + "Subject: x\r\n\r\nhello\r\n"), StringComparison.Ordinal);
        Assert.Equal(Complete + "Subject: x\r\n\r\nhello\r\n", World.BodyOf(Assert.Single(world.World.Submission.Stored)));
    }

    [Fact]
    public async Task Date_and_From_and_Message_ID_are_added_where_they_are_missing()
    {
        var world = new SaslWorld();
        Assert.StartsWith("250 ", await SendAsync(world, "Subject: x\r\n\r\nhello\r\n"), StringComparison.Ordinal);
        var message = Assert.Single(world.World.Submission.Stored);
        Assert.Equal(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Date: Wed, 4 Mar 2026 12:00:00 +0000\r\nFrom: <alice@x.test>\r\nMessage-ID: <{message.Id}@mx.example.org>\r\n" +
                $"Subject: x\r\n\r\nhello\r\n"),
            World.BodyOf(message));
    }

    [Fact]
    public async Task Bcc_is_removed_with_its_folded_lines()
    {
        var world = new SaslWorld();
        await SendAsync(world, "Bcc: a@y.test,\r\n b@y.test\r\n" + Complete + "bcc : c@y.test\r\nSubject: x\r\n\r\nBcc: stays\r\n");
        Assert.Equal(Complete + "Subject: x\r\n\r\nBcc: stays\r\n", World.BodyOf(Assert.Single(world.World.Submission.Stored)));
    }

    [Fact]
    public async Task Received_tells_that_the_client_was_authenticated_and_names_the_user_by_option_alone()
    {
        var world = new SaslWorld();
        await SendAsync(world, Complete + "\r\nx\r\n");
        var content = World.ContentOf(Assert.Single(world.World.Submission.Stored));
        Assert.Contains(" with ESMTPA id ", content, StringComparison.Ordinal);
        Assert.DoesNotContain("authenticated user", content, StringComparison.Ordinal);
        var naming = new SaslWorld(rules: new SubmissionOptions { TraceUser = true });
        await SendAsync(naming, Complete + "\r\nx\r\n");
        Assert.Contains(
            "\r\n\t(authenticated user alice@x.test)\r\n", World.ContentOf(Assert.Single(naming.World.Submission.Stored)),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("From: Mallory <mallory@x.test>", "550 5.7.1 The user may not send with this address in From or Sender")]
    [InlineData("From: alice@x.test, mallory@x.test", "550 5.7.1 The user may not send with this address in From or Sender")]
    [InlineData("From: alice@x.test\r\nSender: mallory@x.test", "550 5.7.1 The user may not send with this address in From or Sender")]
    [InlineData("From: =?utf-8?q?alice=40x.test?= <mallory@x.test>", "550 5.7.1 The user may not send with this address in From or Sender")]
    [InlineData("From: friends: mallory@x.test;", "550 5.7.1 The user may not send with this address in From or Sender")]
    [InlineData("From:\r\n mallory@x.test", "550 5.7.1 The user may not send with this address in From or Sender")]
    [InlineData("FROM : mallory@x.test", "550 5.7.1 The user may not send with this address in From or Sender")]
    [InlineData("From            : mallory@x.test", "550 5.7.1 The user may not send with this address in From or Sender")]
    [InlineData("From\t\t\t\t\t\t\t\t: mallory@x.test\r\nFrom: alice@x.test", "550 5.6.0 From and Sender must not be repeated")]
    [InlineData("From\v: mallory@x.test\r\nFrom: alice@x.test", "550 5.6.0 From and Sender must not be repeated")]
    [InlineData("From\r\n : mallory@x.test", "550 5.7.1 The user may not send with this address in From or Sender")]
    [InlineData("From\r\n\t \r\n : mallory@x.test", "550 5.7.1 The user may not send with this address in From or Sender")]
    [InlineData("Sender           : mallory@x.test", "550 5.7.1 The user may not send with this address in From or Sender")]
    [InlineData("From: alice@x.test\r\nFrom: alice@x.test", "550 5.6.0 From and Sender must not be repeated")]
    [InlineData("From: nobody", "550 5.6.0 From or Sender has no valid address")]
    [InlineData("From:", "550 5.6.0 From or Sender has no valid address")]
    public async Task Authors_that_the_user_does_not_own_are_refused(string header, string reply)
    {
        var world = new SaslWorld();
        Assert.Equal(reply, await SendAsync(world, header + "\r\n\r\nx\r\n"));
        Assert.Empty(world.World.Submission.Stored);
    }

    [Theory]
    [InlineData("Reply-To: mallory@x.test\r\n", "550 5.6.0 A message with the null reverse-path needs a From field")]
    [InlineData("From: mallory@x.test\r\n", "550 5.7.1 The user may not send with this address in From or Sender")]
    [InlineData("From: alice@x.test\r\n", "250 2.0.0 Ok: queued as ")]
    public async Task A_message_with_the_null_reverse_path_has_an_author_too(string header, string reply)
    {
        var world = new SaslWorld();
        Assert.StartsWith(reply, await SendAsync(world, header + "\r\nx\r\n", sender: ""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_like_the_first_of_a_mailbox_file_is_no_From_field()
    {
        var world = new SaslWorld();
        await SendAsync(world, "From mallory@x.test Wed Mar  4 11:00:00 2026\r\n" + Complete + "\r\nx\r\n");
        Assert.EndsWith(Complete + "\r\nx\r\n", World.BodyOf(Assert.Single(world.World.Submission.Stored)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Bcc:", SenderCheckKind.All)]
    [InlineData("Bcc:", SenderCheckKind.None)]
    [InlineData("From:", SenderCheckKind.None)]
    public async Task A_field_that_is_repeated_thousands_of_times_refuses_the_message(string field, SenderCheckKind rule)
    {
        var world = new SaslWorld(rules: new SubmissionOptions { CheckSender = rule });
        var header = string.Concat(Enumerable.Repeat(field + "\r\nX:\r\n", 1001));
        Assert.Equal("550 5.6.0 A header field is repeated too often", await SendAsync(world, header + "\r\nx\r\n"));
        Assert.Empty(world.World.Submission.Stored);
    }

    [Theory]
    [InlineData(SenderCheckKind.All, "mallory@x.test", "553 5.7.1 The user may not send from this address")]
    [InlineData(SenderCheckKind.Envelope, "mallory@x.test", "553 5.7.1 The user may not send from this address")]
    [InlineData(SenderCheckKind.None, "mallory@x.test", "250 2.1.0 Ok")]
    [InlineData(SenderCheckKind.All, "ALICE@x.test", "250 2.1.0 Ok")]
    [InlineData(SenderCheckKind.All, "", "250 2.1.0 Ok")]
    public async Task A_reverse_path_must_belong_to_the_user(SenderCheckKind rule, string sender, string reply)
    {
        var world = new SaslWorld(rules: new SubmissionOptions { CheckSender = rule });
        await using var client = await world.AuthenticateAsync();
        await client.SendAsync($"MAIL FROM:<{sender}>\r\n");
        Assert.Equal(reply, await client.ReadLineAsync());
    }

    [Fact]
    public async Task Patterns_give_a_user_the_addresses_of_domains()
    {
        var world = new SaslWorld();
        Assert.True(AddressPattern.TryParse("*@y.test", out var pattern));
        world.Users.Put(world.Users["alice@x.test"] with { Addresses = [pattern] });
        await using var client = await world.AuthenticateAsync();
        await client.SendAsync("MAIL FROM:<anybody@y.test>\r\n");
        Assert.Equal("250 2.1.0 Ok", await client.ReadLineAsync());
        await client.SendAsync("RSET\r\nMAIL FROM:<alice@x.test>\r\n");
        Assert.Equal("250 2.0.0 Ok", await client.ReadLineAsync());
        Assert.StartsWith("553 ", await client.ReadLineAsync(), StringComparison.Ordinal);
    }

    private static async Task<string> SendAsync(SaslWorld world, string content, string sender = "alice@x.test")
    {
        await using var client = await world.AuthenticateAsync();
        await client.SendAsync($"MAIL FROM:<{sender}>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n");
        for (var i = 0; i < 3; i++) Assert.Matches("^[23]", await client.ReadLineAsync());
        await client.SendAsync(content + ".\r\n");
        return await client.ReadLineAsync() ?? "";
    }
}
