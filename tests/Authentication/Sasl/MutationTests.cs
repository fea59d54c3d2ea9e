using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Postfleet.Authentication.Sasl;
using Postfleet.Authentication.Tests.Fixtures;
using Postfleet.Core.Users;
using Xunit;

namespace Postfleet.Authentication.Tests.Sasl;

/// <summary>Any change of an octet in a proof, a password or a digest makes an exchange fail, and none makes it throw.</summary>
public sealed class MutationTests
{
    private static readonly MailUser User = Accounts.User("user", "pencil");

    // Where (as a share of the message), how, and with what.
    private static readonly Gen<(int Place, int Kind, byte Octet)> Change = Gen.Select(Gen.Int[0, int.MaxValue], Gen.Int[0, 2], Gen.Byte);

    [Fact]
    public void Changed_scram_messages_fail() => Gen.Select(Change, Gen.Bool, Gen.Bool).Sample((change, isFirst, isPlus) =>
    {
        var client = new ScramClient("pencil", HashAlgorithmName.SHA256)
        {
            Header = isPlus ? "p=tls-server-end-point,," : "n,a=user,",
            Binding = isPlus ? Accounts.EndPoint : [],
        };
        var driver = Driver.Begin(isPlus ? "SCRAM-SHA-256-PLUS" : "SCRAM-SHA-256", Accounts.BoundChannel, User);
        var first = Encoding.UTF8.GetBytes(client.First);
        if (isFirst && !Mutate(client.First, change, out first)) return;
        var step = driver.Send(first);
        if (step.Kind == SaslStepKind.Failed) return;
        var serverFirst = Driver.Text(step);
        var final = client.Final(serverFirst);
        if (isFirst) step = driver.Send(final);
        else if (Mutate(final, change, out var changed)) step = driver.Send(changed);
        else return;
        Assert.Equal(SaslStepKind.Failed, step.Kind);
    }, iter: 2_000);

    [Fact]
    public void Changed_passwords_fail() => Change.Sample(change =>
    {
        if (!Mutate("pencil", change, out var password)) return;
        Assert.Equal(SaslStepKind.Failed, Driver.Begin("PLAIN", User).Send([0, .. "user"u8, 0, .. password]).Kind);
    }, iter: 300);

    [Fact]
    public void Changed_digests_fail() => Change.Sample(change =>
    {
        var driver = Driver.Begin("CRAM-MD5", User);
        var digest = HMACMD5.HashData("pencil"u8, driver.Send((string?)null).Challenge.Span);
        if (!Mutate(Convert.ToHexStringLower(digest), change, out var changed)) return;
        Assert.Equal(SaslStepKind.Failed, driver.Send([.. "user "u8, .. changed]).Kind);
    }, iter: 2_000);

    [Fact]
    public void Any_user_and_password_succeed_where_they_are_valid() =>
        Gen.Select(Gen.String[1, 20], Gen.String[1, 30]).Sample((name, password) =>
    {
        if (!SaslName.TryParse(name, out var parsed) || !PasswordText.TryPrepare(password, out _)) return;
        var user = Accounts.User(parsed.User, password);
        Assert.Equal(SaslStepKind.Succeeded, Driver.Begin("PLAIN", user).Send($"\0{parsed.User}\0{password}").Kind);
        var driver = Driver.Begin("LOGIN", user);
        driver.Send(parsed.User);
        Assert.Equal(SaslStepKind.Succeeded, driver.Send(password).Kind);
    }, iter: 300);

    // False if the change changes nothing.
    private static bool Mutate(string text, (int Place, int Kind, byte Octet) change, out byte[] changed)
    {
        var octets = Encoding.UTF8.GetBytes(text);
        var place = change.Place % octets.Length;
        changed = change.Kind switch
        {
            0 => [.. octets[..place], change.Octet, .. octets[(place + 1)..]],
            1 => [.. octets[..place], change.Octet, .. octets[place..]],
            _ => [.. octets[..place], .. octets[(place + 1)..]],
        };
        return !changed.AsSpan().SequenceEqual(octets);
    }
}
