using System.Security.Cryptography;
using System.Text;
using Postfleet.Authentication.Sasl;
using Postfleet.Authentication.Tests.Fixtures;
using Postfleet.Core.Users;
using Xunit;

namespace Postfleet.Authentication.Tests.Sasl;

public sealed class ScramTests
{
    private static readonly MailUser User = Accounts.User("user", "pencil");

    /// <summary>RFC 5802 section 5 and RFC 7677 section 3.</summary>
    [Theory]
    [InlineData("SCRAM-SHA-1", "QSXCR+Q6sek8bf92", "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL", "3rfcNHYJY1ZVvWVs7j",
        "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
        "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=")]
    [InlineData("SCRAM-SHA-256", "W22ZaJ0SNY7soEsUEjb6gQ==", "n,,n=user,r=rOprNGfwEbeRWgbNEkqO", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")]
    public void Examples_of_the_standards(
        string mechanism, string salt, string first, string nonce, string serverFirst, string final, string serverFinal)
    {
        var algorithm = mechanism == "SCRAM-SHA-1" ? ScramAlgorithm.Sha1 : ScramAlgorithm.Sha256;
        var verifier = ScramHash.Create("pencil", Convert.FromBase64String(salt), 4096, algorithm);
        var user = new MailUser("user") { Scram1 = verifier, Scram256 = verifier };
        var driver = new Driver(new ScramExchange(mechanism, algorithm, false, Accounts.Channel) { ServerNonce = nonce }, user);
        Assert.Equal(serverFirst, Driver.Text(driver.Send(first)));
        Assert.Equal(serverFinal, Driver.Text(driver.Send(final)));
        Assert.Equal(new SaslStep(SaslStepKind.Succeeded) { Name = "user" }, driver.Send(""));
    }

    [Fact]
    public void Missing_initial_response_gets_an_empty_challenge()
    {
        var driver = Driver.Begin("scram-sha-256", User);
        var step = driver.Send((string?)null);
        Assert.Equal((SaslStepKind.Challenge, 0), (step.Kind, step.Challenge.Length));
        Assert.Equal(SaslStepKind.Succeeded, Finish(driver, Client()).Kind);
    }

    [Theory]
    [InlineData("n=user,r=abc,x=optional")]
    [InlineData("n=USER,r=abc")]
    [InlineData("n=user,r=!\"#$%&'()*+-./:;<=>?@[]^_`{|}~")]
    public void Valid_first_messages_succeed(string bare) =>
        Assert.Equal(SaslStepKind.Succeeded, Finish(Driver.Begin("SCRAM-SHA-256", User), Client(bare: bare)).Kind);

    [Theory]
    [InlineData("")]
    [InlineData("n,,")]
    [InlineData("n,,n=user")]
    [InlineData("n,,n=,r=abc")]
    [InlineData("n,,n=user,r=")]
    [InlineData("n,,r=abc,n=user")]
    [InlineData("n,,m=needed,n=user,r=abc")]
    [InlineData("n,,n=user,r=abc,m=needed")]
    [InlineData("n,,n=user,r=abc,x")]
    [InlineData("n,,n=user,r=abc,p=abc")]
    [InlineData("n,,n=user,r=a c")]
    [InlineData("n,,n=us=er,r=abc")]
    [InlineData("n,,n=us=2cer,r=abc")]
    [InlineData("n,,n=us=3der,r=abc")]
    [InlineData("n,,n=us=,r=abc")]
    [InlineData("x,,n=user,r=abc")]
    [InlineData("N,,n=user,r=abc")]
    [InlineData("p=,,n=user,r=abc")]
    [InlineData("p=a b,,n=user,r=abc")]
    [InlineData(",,n=user,r=abc")]
    [InlineData("n,user,n=user,r=abc")]
    [InlineData("n,a=,n=user,r=abc")]
    [InlineData("n,,n=us\0er,r=abc")]
    public void Malformed_first_messages_fail_at_once(string message)
    {
        var step = Driver.Begin("SCRAM-SHA-256", User).Send(message);
        Assert.Equal((SaslStepKind.Failed, SaslFailure.Malformed), (step.Kind, step.Failure));
    }

    [Fact]
    public void Octets_that_are_no_UTF8_are_malformed()
    {
        var step = Driver.Begin("SCRAM-SHA-256", User).Send([.. "n,,n=us"u8, 0xff, .. "r,r=abc"u8]);
        Assert.Equal((SaslStepKind.Failed, SaslFailure.Malformed), (step.Kind, step.Failure));
    }

    [Fact]
    public void Names_are_decoded()
    {
        var user = Accounts.User("a,b=c=2c", "pencil");
        Assert.Equal(
            SaslStepKind.Succeeded, Finish(Driver.Begin("SCRAM-SHA-256", user), Client(bare: "n=a=2Cb=3Dc=3D2c,r=abc")).Kind);
    }

    [Theory]
    [InlineData("n,a=user,", SaslFailure.None)]
    [InlineData("n,a=USER,", SaslFailure.None)]
    [InlineData("n,a=other,", SaslFailure.Authorization)]
    public void Authorization_identity_must_be_the_user(string header, SaslFailure failure) =>
        Assert.Equal(failure, Finish(Driver.Begin("SCRAM-SHA-256", User), Client(header)).Failure);

    [Theory]
    [InlineData("SCRAM-SHA-256", true, "y,,", SaslFailure.ChannelBinding)]
    [InlineData("SCRAM-SHA-256", false, "y,,", SaslFailure.None)]
    [InlineData("SCRAM-SHA-256", true, "n,,", SaslFailure.None)]
    [InlineData("SCRAM-SHA-256", true, "p=tls-server-end-point,,", SaslFailure.ChannelBinding)]
    [InlineData("SCRAM-SHA-256-PLUS", true, "p=tls-server-end-point,,", SaslFailure.None)]
    [InlineData("SCRAM-SHA-256-PLUS", true, "p=tls-unique,,", SaslFailure.ChannelBinding)]
    [InlineData("SCRAM-SHA-256-PLUS", true, "p=tls-exporter,,", SaslFailure.ChannelBinding)]
    [InlineData("SCRAM-SHA-256-PLUS", true, "n,,", SaslFailure.ChannelBinding)]
    [InlineData("SCRAM-SHA-256-PLUS", true, "y,,", SaslFailure.ChannelBinding)]
    public void Flag_of_channel_binding_fits_the_mechanism_and_the_offer(
        string mechanism, bool isOffered, string header, SaslFailure failure)
    {
        var driver = Driver.Begin(mechanism, isOffered ? Accounts.BoundChannel : Accounts.Channel, User);
        Assert.Equal(failure, Finish(driver, Client(header, binding: header[0] == 'p' ? Accounts.EndPoint : [])).Failure);
    }

    [Fact]
    public void Another_certificate_fails()
    {
        var client = Client("p=tls-server-end-point,,", binding: SHA256.HashData("another certificate"u8));
        var step = Finish(Driver.Begin("SCRAM-SHA-256-PLUS", Accounts.BoundChannel, User), client);
        Assert.Equal((SaslStepKind.Failed, SaslFailure.ChannelBinding), (step.Kind, step.Failure));
    }

    [Fact]
    public void Header_repeated_in_the_final_message_must_be_the_same()
    {
        var driver = Driver.Begin("SCRAM-SHA-256", Accounts.Channel, User);
        var serverFirst = Driver.Text(driver.Send(Client("y,,").First));
        Assert.Equal(SaslFailure.ChannelBinding, driver.Send(Client("n,,").Final(serverFirst)).Failure);
    }

    [Fact]
    public void Nonce_of_another_exchange_fails()
    {
        var driver = Driver.Begin("SCRAM-SHA-256", User);
        var client = Client();
        var serverFirst = Driver.Text(driver.Send(client.First));
        var other = Driver.Text(Driver.Begin("SCRAM-SHA-256", User).Send(client.First));
        Assert.NotEqual(serverFirst, other);
        Assert.Equal(SaslStepKind.Failed, driver.Send(client.Final(other)).Kind);
    }

    [Theory]
    [InlineData("c=biws,r={0}")]
    [InlineData("c=biws,r={0},p=")]
    [InlineData("c=biws,r={0},p=AAAA")]
    [InlineData("c=biws,r={0},m=x,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")]
    [InlineData("c=biws,r={0},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=,x=y")]
    [InlineData("r={0},c=biws,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")]
    [InlineData("c=biws,r={0},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVR=")]
    [InlineData("c=biws,r={0},p= dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")]
    public void Malformed_final_messages_fail(string message)
    {
        var driver = Driver.Begin("SCRAM-SHA-256", User);
        var nonce = Driver.Text(driver.Send(Client().First)).Split(',')[0][2..];
        var step = driver.Send(message.Replace("{0}", nonce, StringComparison.Ordinal));
        Assert.Equal((SaslStepKind.Failed, SaslFailure.Malformed), (step.Kind, step.Failure));
    }

    [Fact]
    public void Wrong_password_fails_in_the_last_step()
    {
        var driver = Driver.Begin("SCRAM-SHA-256", User);
        var client = new ScramClient("pencils", HashAlgorithmName.SHA256);
        var step = driver.Send(client.Final(Driver.Text(driver.Send(client.First))));
        Assert.Equal((SaslStepKind.Failed, SaslFailure.Credentials, "user"), (step.Kind, step.Failure, step.Name));
        Assert.Throws<InvalidOperationException>(() => driver.Send(""));
    }

    [Fact]
    public void Error_message_comes_first_where_the_channel_wants_it()
    {
        var driver = Driver.Begin("SCRAM-SHA-256", Accounts.Channel with { SendsScramErrors = true }, User);
        var client = new ScramClient("pencils", HashAlgorithmName.SHA256);
        Assert.Equal("e=invalid-proof", Driver.Text(driver.Send(client.Final(Driver.Text(driver.Send(client.First))))));
        Assert.Equal(SaslFailure.Credentials, driver.Send("").Failure);
    }

    [Fact]
    public void Response_to_the_final_message_is_empty()
    {
        var driver = Driver.Begin("SCRAM-SHA-256", User);
        driver.Send(Client().Final(Driver.Text(driver.Send(Client().First))));
        Assert.Equal(SaslFailure.Malformed, driver.Send("x").Failure);
    }

    private static ScramClient Client(string header = "n,,", string bare = "n=user,r=rOprNGfwEbeRWgbNEkqO", byte[]? binding = null) =>
        new("pencil", HashAlgorithmName.SHA256) { Header = header, Bare = bare, Binding = binding ?? [] };

    private static SaslStep Finish(Driver driver, ScramClient client)
    {
        var first = driver.Send(client.First);
        if (first.Kind != SaslStepKind.Challenge) return first;
        var final = driver.Send(client.Final(Encoding.UTF8.GetString(first.Challenge.Span)));
        return final.Kind == SaslStepKind.Challenge ? driver.Send("") : final;
    }
}
