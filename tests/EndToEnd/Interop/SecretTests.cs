using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Interop;

/// <summary>
/// A node with marked secrets of each kind, at the most talkative log level: neither its log, nor <c>check</c>, nor any answer of the API,
/// nor the metrics, nor an output of the command line has one of them, in the clear or in Base64.
/// </summary>
public sealed class SecretTests : IDisposable
{
    private const string User = "ada@source.test";

    private const string Password = "Marked-Password-5f1c";

    private const string Wrong = "Marked-Wrong-Password-71ab";

    // Typed into the field for the name.
    private const string Misplaced = "Marked-Misplaced-Password-93d0";

    private const string AdminToken = "Marked-Admin-Token-0123456789-e2";

    private const string RoutePassword = "Marked-Route-Password-4c";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly MailAuthority _authority = new();
    private readonly TempFolder _folder = new("secrets");
    private readonly HashSet<string> _secrets = [AdminToken, RoutePassword];
    private readonly List<(string Source, string Text)> _seen = [];

    /// <inheritdoc/>
    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Secrets_appear_nowhere_after_a_run()
    {
        foreach (var secret in new[] { Password, Wrong, Misplaced }) AddSecret(secret);
        var spec = new NodeSpec { LinesHeld = 100_000, Configure = Configure };
        await using var node = new PostfleetNode(spec);
        await node.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri($"http://{node.Admin}") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminToken);

        await CreateUsersAsync(node, http);
        await SendAsync(node);
        await ReadStoredAsync(node);

        await ReadAnswersAsync(http);
        foreach (var args in new string[][] { ["user", "list"], ["user", "show", User, "--json"], ["messages", "--json"], ["status"] })
            _seen.Add((string.Join(' ', args), await VerbAsync(node, args)));
        _seen.Add(("check", await VerbAsync(null, "check", "--config", Path.Combine(Path.GetDirectoryName(node.Data)!, "postfleet.json"))));
        Assert.Equal(0, await node.TerminateAsync());
        _seen.Add(("log", string.Join('\n', node.Process.Output)));

        Assert.True(_secrets.Count > 20, $"{_secrets.Count} secrets");
        Assert.Contains($"authenticated user={User}", _seen[^1].Text, StringComparison.Ordinal);
        Assert.Contains(_seen, part => part.Source.StartsWith("GET /api/v1/messages/", StringComparison.Ordinal));
        foreach (var (source, text) in _seen)
        {
            foreach (var secret in _secrets)
            {
                var line = text.Split('\n').FirstOrDefault(line => line.Contains(secret, StringComparison.OrdinalIgnoreCase));
                Assert.True(line is null, $"{source} has the secret {secret}: {line}");
            }
        }
    }

    private void Configure(JsonObject json)
    {
        var (certificate, key) = _authority.Issue("localhost");
        json["Tls"] = new JsonObject { ["Certificate"] = certificate, ["Key"] = key };
        json["Log"] = new JsonObject { ["Level"] = "debug" };
        json["Listeners"] = new JsonArray(
            new JsonObject { ["Endpoint"] = "127.0.0.1:0" }, new JsonObject { ["Endpoint"] = "127.0.0.1:0", ["Service"] = "submission" });
        json["Auth"] = PeerUsers.Section(_folder["jwks.json"]);
        json["Admin"]!["Token"] = AdminToken;
        json["Routes"] = new JsonArray(
            new JsonObject
            {
                ["Domain"] = "route.test",
                ["To"] = $"smtp://127.0.0.1:{FreePort.Tcp()}",
                ["User"] = "relay",
                ["Password"] = RoutePassword,
            },
            new JsonObject { ["Domain"] = "*", ["To"] = "capture" });
    }

    private async Task CreateUsersAsync(PostfleetNode node, HttpClient http)
    {
        using var put = await http.PutAsJsonAsync(
            $"/api/v1/users/{User}", new JsonObject { ["password"] = Password, ["scramSha1"] = true, ["cramMd5"] = true });
        _seen.Add(("PUT user", await put.Content.ReadAsStringAsync()));
        Assert.True(put.IsSuccessStatusCode, _seen[^1].Text);
        // Its output is the only place for the password.
        var generated = await VerbAsync(node, "user", "app-password", "add", User, "printer", "--json");
        AddSecret((string)JsonNode.Parse(generated)!["password"]!);
        // Refused bodies and tokens.
        using var bad = await http
            .PutAsJsonAsync($"/api/v1/users/{User}", new JsonObject { ["password"] = Wrong + "\n", ["pasword"] = Wrong });
        _seen.Add(("PUT bad user", await bad.Content.ReadAsStringAsync()));
        Assert.False(bad.IsSuccessStatusCode);
        using var stranger = new HttpRequestMessage(HttpMethod.Get, "/api/v1/users");
        stranger.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Wrong);
        using var refused = await http.SendAsync(stranger);
        _seen.Add(("GET with a wrong token", await refused.Content.ReadAsStringAsync()));
    }

    private async Task SendAsync(PostfleetNode node)
    {
        var port = node.Listeners[1];
        foreach (var mechanism in new[] { "PLAIN", "LOGIN", "CRAM-MD5" })
        {
            await PostfixTools.SwaksAsync(
                port, "captured@else.test", "--tls", "--from", User, "--auth", mechanism, "--auth-user", User, "--auth-password", Password);
        }

        await PostfixTools.SwaksAsync(node.Relay, "someone@route.test");
        await TryAsync("--auth-user", User, "--auth-password", Wrong);
        await TryAsync("--auth-user", Misplaced, "--auth-password", Wrong);

        using var client = await SmtpClientLite.ConnectAsync(port);
        await client.CommandAsync("EHLO client.test");
        // Without TLS, in a wrong place, and under names that are no commands.
        var plain = Base64($"\0{User}\0{Password}");
        foreach (var line in new[]
                 {
                     $"AUTH PLAIN {plain}", $"AUTH {Password}", plain, $"AUTH=PLAIN {plain}", $"XAUTH {Password}",
                 })
            Assert.False((await client.CommandAsync(line)).IsPositive, line);
        foreach (var mechanism in new[] { "oauthbearer", "xoauth2", "scram-sha-256", "scram-sha-1" })
            await MsmtpAsync(port.Port, mechanism);

        async Task TryAsync(params string[] login)
        {
            await using var swaks = ProcessHost.Start(new ProcessSpec(
                "swaks",
                [
                    "--server", $"127.0.0.1:{port.Port}", "--tls", "--to", "x@else.test", "--from", User, "--auth", "LOGIN", .. login,
                ]));
            Assert.NotEqual(0, await swaks.WaitForExitAsync(Limit));
        }
    }

    private async Task MsmtpAsync(int port, string mechanism)
    {
        var secret = mechanism.Contains("oauth", StringComparison.Ordinal) ? PeerUsers.Token() : Password;
        AddSecret(secret);
        await File.WriteAllTextAsync(_folder["secret"], secret);
        await File.WriteAllTextAsync(_folder["letter"], "Subject: x\n\nhello\n");
        string[] arguments =
        [
            "msmtp", "--file=/dev/null", "--host=localhost", $"--port={port}", "--domain=msmtp.test",
            $"--tls-trust-file={_authority.CertificateFile}", "--tls=on", $"--auth={mechanism}", $"--user={User}",
            $"--passwordeval=cat {_folder["secret"]}", $"--from={User}", "--", "captured@else.test",
        ];
        await ProcessHost.RunAsync(new ProcessSpec("sh", ["-c", "exec \"$@\" <\"$0\"", _folder["letter"], .. arguments]), Limit);
    }

    // Verifiers allow guessing, and the states of CRAM-MD5 are enough to authenticate.
    private async Task ReadStoredAsync(PostfleetNode node)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(node.Data, "spool.db")};Mode=ReadOnly;Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT data FROM mail_user WHERE data IS NOT NULL";
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var user = JsonNode.Parse(reader.GetString(0))!;
            foreach (var key in new[] { "scram256", "scram1" })
                foreach (var part in ((string)user[key]!).Split(',').Skip(1)) _secrets.Add(part);
            _secrets.Add((string)user["cramMd5"]!);
            foreach (var password in user["appPasswords"]!.AsArray())
                foreach (var part in ((string)password!["scram256"]!).Split(',').Skip(1)) _secrets.Add(part);
        }
    }

    private async Task ReadAnswersAsync(HttpClient http)
    {
        var document = JsonNode.Parse(await http.GetStringAsync("/openapi/v1.json"))!;
        var id = (string)JsonNode.Parse(await http.GetStringAsync("/api/v1/messages"))!["messages"]![0]!["id"]!;
        var captured = (string)JsonNode.Parse(await http.GetStringAsync("/api/v1/captured"))!["messages"]![0]!["id"]!;
        var paths = document["paths"]!.AsObject().Where(path => path.Value!["get"] is not null).Select(path => path.Key)
            // Its answer does not end.
            .Where(path => !path.EndsWith("/events", StringComparison.Ordinal)).ToList();
        Assert.Contains(paths, path => path.Contains("/users/", StringComparison.Ordinal));
        foreach (var template in paths.Concat(["/metrics", "/", "/openapi/v1.json", "/healthz/ready"]))
        {
            var path = template.Replace("{name}", User, StringComparison.Ordinal)
                .Replace("{id}", template.Contains("captured", StringComparison.Ordinal) ? captured : id, StringComparison.Ordinal)
                .Replace("{key}", "default:route.test", StringComparison.Ordinal)
                .Replace("{number}", "1", StringComparison.Ordinal);
            if (path.EndsWith("/resolve", StringComparison.Ordinal)) path += "?domain=route.test";
            using var answer = await http.GetAsync(path);
            _seen.Add(($"GET {path}", $"{answer.StatusCode} {answer.Headers} {await answer.Content.ReadAsStringAsync()}"));
        }
    }

    private static async Task<string> VerbAsync(PostfleetNode? node, params string[] args)
    {
        string[] client = node is null ? [] : ["--endpoint", $"{node.Admin}", "--token", AdminToken];
        await using var verb = ProcessHost.Start(new ProcessSpec("dotnet", [Repository.Program, .. args, .. client]));
        Assert.Equal(0, await verb.WaitForExitAsync(Limit));
        return string.Join('\n', verb.Output);
    }

    private void AddSecret(string secret)
    {
        _secrets.Add(secret);
        _secrets.Add(Base64(secret));
        foreach (var name in new[] { User, Misplaced }) _secrets.Add(Base64($"\0{name}\0{secret}"));
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
