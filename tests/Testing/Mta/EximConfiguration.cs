namespace Postfleet.Testing;

/// <summary>
/// Writes the configuration of an <see cref="Exim"/>: macros with the values of one server, followed by a text for all servers.
/// </summary>
internal static class EximConfiguration
{
    private const string Text =
        """
        exim_path = ROOT_DIR/bin/exim
        primary_hostname = HOST_NAME
        spool_directory = ROOT_DIR/spool
        log_file_path = ROOT_DIR/log/%slog
        pid_file_path = ROOT_DIR/log/pid
        keep_environment =
        # It never becomes root, so that it need not be set-user-id.
        deliver_drop_privilege
        log_selector = +all
        print_topbitchars
        timezone =

        local_interfaces = OUR_ADDRESS.P_SMTP : OUR_ADDRESS.P_TLS : OUR_ADDRESS.P_PLAIN : OUR_ADDRESS.P_LOGIN
        tls_on_connect_ports = P_TLS
        tls_advertise_hosts = *
        tls_certificate = CERT_FILE
        tls_privatekey = KEY_FILE
        auth_advertise_hosts = *
        dsn_advertise_hosts = *
        smtputf8_advertise_hosts = *
        allow_utf8_domains
        message_size_limit = MAX_SIZE
        acl_smtp_mail = mail
        acl_smtp_rcpt = rcpt

        begin acl

        mail:
          deny !authenticated = *
               condition = ${if or{{eq{$received_port}{P_PLAIN}}{eq{$received_port}{P_LOGIN}}}}
               message = 530 5.7.0 not without a password
          accept logwrite = :main: command $smtp_command

        rcpt:
          warn logwrite = :main: command $smtp_command
          deny local_parts = ^no
               message = 550 5.1.1 nobody here
          defer local_parts = ^later
                !seen = -0s / key=$sender_address-$local_part
                message = 451 4.7.1 come back later
          accept

        begin routers

        reports:
          driver = manualroute
          domains = source.test
          transport = plain
          route_data = 127.0.0.1::P_REPORTS
          self = send

        box:
          driver = accept
          domains = OUR_DOMAIN : *.OUR_DOMAIN
          transport = box

        onward:
          driver = manualroute
          transport = secure
          route_data = localhost::P_RELAY
          self = send

        begin transports

        plain:
          driver = smtp
          allow_localhost
          hosts_avoid_tls = *

        secure:
          driver = smtp
          allow_localhost
          hosts_require_tls = *
          tls_verify_certificates = CA_FILE
          tls_verify_hosts = *
          tls_verify_cert_hostnames = *

        box:
          driver = appendfile
          directory = ROOT_DIR/mail/box
          maildir_format
          envelope_to_add
          return_path_add

        begin retry
        * * F,1h,1s

        begin authenticators

        plain:
          driver = plaintext
          public_name = PLAIN
          server_advertise_condition = ${if and{{def:tls_in_cipher}{eq{$received_port}{P_PLAIN}}}}
          server_prompts = :
          server_condition = ${if eq{$auth3}{PASSWORD}}
          server_set_id = $auth2

        login:
          driver = plaintext
          public_name = LOGIN
          server_advertise_condition = ${if and{{def:tls_in_cipher}{eq{$received_port}{P_LOGIN}}}}
          server_prompts = Username:: : Password::
          server_condition = ${if eq{$auth2}{PASSWORD}}
          server_set_id = $auth1

        """;

    public static string Write(Exim server, PeerPlan plan, string root)
    {
        var (certificate, key) = plan.Authority.Issue(server.Host);
        return $"""
            ROOT_DIR = {root}
            HOST_NAME = {server.Host}
            OUR_DOMAIN = {server.Domain}
            OUR_ADDRESS = {server.EndPoint.Address}
            P_SMTP = {PeerPlan.Port}
            P_TLS = {PeerPlan.TlsPort}
            P_PLAIN = {PeerPlan.PlainPort}
            P_LOGIN = {PeerPlan.OtherPort}
            P_REPORTS = {plan.Reports}
            P_RELAY = {plan.Relay}
            CERT_FILE = {certificate}
            KEY_FILE = {key}
            CA_FILE = {plan.Authority.CertificateFile}
            PASSWORD = {PeerPlan.Password}
            MAX_SIZE = {PeerPlan.MaxSize}

            {Text}
            """;
    }
}
